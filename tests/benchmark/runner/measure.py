"""Runs the load against all servers in turn, again and again, so that what is compared was measured side by side."""
import dataclasses
import json
import os
import resource
import statistics
import subprocess
import sys

from .paths import PROGRAMS
from .servers import Server, ServerError


@dataclasses.dataclass(frozen=True)
class Workload:
    key: str
    title: str
    operation: str
    arguments: tuple


WORKLOADS = (
    Workload("echo_1", "echo, 1 in flight", "request", ("echo", "--connections", "50", "--depth", "1")),
    Workload("echo_16", "echo, 16 in flight", "request", ("echo", "--connections", "50", "--depth", "16")),
    Workload("fanout_1", "fan-out 1000, 1 in flight", "delivery",
             ("fanout", "--connections", "1000", "--window", "1")),
    Workload("fanout_16", "fan-out 1000, 16 in flight", "delivery",
             ("fanout", "--connections", "1000", "--window", "16")),
    Workload("connect", "connect", "handshake", ("connect",)),
)
IDLE = Workload("idle", "idle", "connection", ("idle",))


@dataclasses.dataclass
class Plan:
    rounds: int
    seconds: float
    idle_connections: int

    @staticmethod
    def full():
        return Plan(rounds=7, seconds=1.5, idle_connections=19000)

    @staticmethod
    def quick():
        return Plan(rounds=3, seconds=0.4, idle_connections=4000)


class LoadError(Exception):
    pass


def cpus():
    """The processors for server and load; None where there is but one."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)


def raise_file_limit():
    """Servers inherit it. Returns how many connections it leaves room for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        most = 1 << 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most - 500


def load(server, arguments, cpu=None, timeout=120):
    """One run of the load generator; its figures by name."""
    command = [str(PROGRAMS / "bench_load"), *arguments, "--port", str(server.port), "--protocol", server.spec.protocol]
    if server.pid:
        command += ["--pid", str(server.pid)]
    if cpu is not None:
        command = ["taskset", "-c", str(cpu), *command]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        raise LoadError(f"{server.spec.name}: the load did not end within {timeout} s") from None
    if done.returncode != 0:
        raise LoadError(f"{server.spec.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def note(text):
    print(f"benchmark: {text}", file=sys.stderr, flush=True)


def run_paired(specs, plan):
    """{workload: {server: [figures of each round]}}; a round without a result holds None."""
    server_cpu, load_cpu = cpus()
    results = {workload.key: {spec.name: [] for spec in specs} for workload in WORKLOADS}
    servers = []
    try:
        for spec in specs:
            servers.append(Server(spec, server_cpu))
        for number in range(plan.rounds):
            note(f"round {number + 1} of {plan.rounds}")
            for workload in WORKLOADS:
                # Nobody always comes first.
                turn = (number * 2 + len(workload.key)) % len(servers)
                for server in servers[turn:] + servers[:turn]:
                    results[workload.key][server.spec.name].append(one(server, workload, plan, load_cpu))
    finally:
        for server in servers:
            server.stop()
    return results


def one(server, workload, plan, load_cpu):
    arguments = [*workload.arguments, "--seconds", str(plan.seconds), "--warm-up", str(min(0.3, plan.seconds / 3))]
    try:
        figures = load(server, arguments, load_cpu)
    except LoadError as error:
        note(f"{workload.title}: {error}")
        return None
    if figures.get("missing") or figures.get("misordered"):
        note(f"{workload.title}: {server.spec.name} lost {figures['missing']:.0f} messages and delivered "
             f"{figures['misordered']:.0f} out of order")
    return figures


def run_idle(specs, plan):
    """{server: figures}, each from a server just started."""
    server_cpu, load_cpu = cpus()
    results = {}
    for spec in specs:
        note(f"{plan.idle_connections} idle connections: {spec.name}")
        try:
            with Server(spec, server_cpu) as server:
                results[spec.name] = load(server, ["idle", "--connections", str(plan.idle_connections)], load_cpu)
        except (LoadError, ServerError) as error:
            note(str(error))
    return results


def median(rounds, figure):
    values = [figures[figure] for figures in rounds if figures and figure in figures]
    return statistics.median(values) if values else None


def ratio(rounds, reference, figure):
    """The median of the ratios of rounds that were measured side by side."""
    values = [mine[figure] / other[figure] for mine, other in zip(rounds, reference)
              if mine and other and mine.get(figure) and other.get(figure)]
    return statistics.median(values) if values else None
