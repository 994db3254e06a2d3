"""What a delivery costs that comes through Redis from another process, beside one within a process, in the same run."""
import dataclasses
import shutil
import socket
import statistics
import subprocess
import time

from . import measure
from .paths import PROGRAMS, RESULTS
from .servers import Server, ServerError, Spec

LOADS = (("1000 members, 1 in flight", ("--connections", "1000", "--window", "1")),
         ("1000 members, 16 in flight", ("--connections", "1000", "--window", "16")),
         ("10 members, 16 in flight", ("--connections", "11", "--window", "16")))
FIGURES = ("cpu_us", "p50_us", "p99_us", "rate")


@dataclasses.dataclass
class Redis:
    """A redis-server of this run's own."""
    process: subprocess.Popen
    port: int

    @classmethod
    def start(cls):
        program = shutil.which("redis-server")
        if not program:
            raise ServerError("redis-server is not installed")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        RESULTS.mkdir(parents=True, exist_ok=True)
        with (RESULTS / "redis.log").open("wb") as log:
            process = subprocess.Popen([program, "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                                        "--appendonly", "no", "--dir", str(RESULTS)], stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while process.poll() is None and time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return cls(process, port)
            except OSError:
                time.sleep(0.02)
        process.kill()
        process.wait()
        raise ServerError("redis-server did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def spec(name, *arguments):
    return Spec(name, (PROGRAMS / "bench_server", "--port", "0", "--threads", "1", *arguments))


def run(rounds, seconds):
    """{load: {"memory" | "redis": [figures of a round]}}, the rounds interleaved. CPU is that of all chanx processes; what
    Redis itself takes is its own column."""
    results = {title: {"memory": [], "redis": []} for title, _ in LOADS}
    with Redis.start() as redis:
        url = f"redis://127.0.0.1:{redis.port}"
        with Server(spec("alone")) as alone, Server(spec("sending", "--redis", url)) as sending, \
                Server(spec("receiving", "--redis", url)) as receiving:
            for number in range(rounds):
                measure.note(f"round {number + 1} of {rounds}")
                for title, arguments in LOADS:
                    common = ("fanout", *arguments, "--seconds", str(seconds))
                    results[title]["memory"].append(measure.load(alone, common))
                    results[title]["redis"].append(measure.load(
                        receiving, (*common, "--sender-port", str(sending.port), "--pid", str(sending.pid))))
    return results


def rows(results):
    lines = ["| fan-out to | CPU per delivery, in a process | through Redis | times | p99, in a process | through Redis | lost, out of order |",
             "|---|---|---|---|---|---|---|"]
    for title, sides in results.items():
        middle = {side: {figure: statistics.median(each[figure] for each in rounds) for figure in FIGURES}
                  for side, rounds in sides.items()}
        times = statistics.median(far["cpu_us"] / near["cpu_us"] for near, far in zip(sides["memory"], sides["redis"]))
        faults = [sum(each[key] for rounds in sides.values() for each in rounds) for key in ("missing", "misordered")]
        lines.append(f"| {title} | {middle['memory']['cpu_us']:.2f} µs | {middle['redis']['cpu_us']:.2f} µs | {times:.2f}x | "
                     f"{middle['memory']['p99_us'] / 1000:.2f} ms | {middle['redis']['p99_us'] / 1000:.2f} ms | "
                     f"{faults[0]:.0f}, {faults[1]:.0f} |")
    return lines
