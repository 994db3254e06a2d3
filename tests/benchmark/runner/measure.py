"""Runs the load against all servers in turn, again and again, so that what is compared was measured side by side."""
import collections
import dataclasses
import json
import os
import resource
import statistics
import subprocess
import sys
import time

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
    """Rounds are run as long as there is time for one more."""
    rounds: int  # at most
    least_rounds: int
    budget: float  # seconds for all rounds
    seconds: float  # that one run is measured
    idle_connections: int

    @staticmethod
    def full():
        return Plan(rounds=9, least_rounds=3, budget=240, seconds=0.7, idle_connections=19000)

    @staticmethod
    def quick():
        return Plan(rounds=3, least_rounds=1, budget=40, seconds=0.25, idle_connections=4000)


class LoadError(Exception):
    pass


class Hung(LoadError):
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
        raise Hung(f"{server.spec.name}: the load did not end within {timeout:.0f} s") from None
    if done.returncode != 0:
        raise LoadError(f"{server.spec.name}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def note(text):
    print(f"benchmark: {text}", file=sys.stderr, flush=True)


def reason(error):
    return " ".join(str(error).split()).rstrip(":")[:200]


@dataclasses.dataclass
class Field:
    """The servers that run, and why others do not any more."""
    running: list
    out: dict = dataclasses.field(default_factory=dict)
    failures: collections.Counter = dataclasses.field(default_factory=collections.Counter)

    def failed(self, server, error):
        """A server that hangs or fails twice is measured no more: the others are waited for."""
        name = server.spec.name
        self.failures[name] += 1
        if isinstance(error, Hung) or self.failures[name] > 1:
            self.leave_out(name, error)
            self.running.remove(server)
            server.stop()

    def leave_out(self, name, error):
        self.out[name] = reason(error)
        note(f"{name} is left out: {error}")


def start_all(specs, cpu):
    field = Field([])
    for spec in specs:
        try:
            field.running.append(Server(spec, cpu))
        except ServerError as error:
            field.leave_out(spec.name, error)
    if not field.running:
        raise ServerError("no server could be started")
    return field


@dataclasses.dataclass
class Paired:
    figures: dict  # {workload: {server: [figures of each round, or None]}}
    rounds: int
    out: dict  # {server: why it was left out}


def run_paired(specs, plan):
    server_cpu, load_cpu = cpus()
    figures = {workload.key: {spec.name: [] for spec in specs} for workload in WORKLOADS}
    field = start_all(specs, server_cpu)
    began, done = time.monotonic(), 0
    try:
        while done < plan.rounds and field.running:
            spent = time.monotonic() - began
            if done >= plan.least_rounds and spent * (done + 1) / done > plan.budget:
                break
            most = plan.rounds if done == 0 else max(plan.least_rounds, min(plan.rounds, int(plan.budget * done / spent)))
            note(f"round {done + 1} of {most}, after {spent:.0f} s")
            for workload in WORKLOADS:
                # Nobody always comes first.
                turn = (done * 2 + len(workload.key)) % max(1, len(field.running))
                for server in field.running[turn:] + field.running[:turn]:
                    figures[workload.key][server.spec.name].append(one(server, workload, plan, load_cpu, field))
                for rounds in figures[workload.key].values():
                    rounds.extend([None] * (done + 1 - len(rounds)))
                note(f"  {workload.title}: " + ", ".join(
                    f"{name} {rounds[-1]['cpu_us']:.3g} us" for name, rounds in figures[workload.key].items()
                    if rounds[-1] and "cpu_us" in rounds[-1]))
            done += 1
    finally:
        for server in field.running:
            server.stop()
    return Paired(figures, done, field.out)


def one(server, workload, plan, load_cpu, field):
    warm_up = min(0.2, plan.seconds / 3)
    arguments = [*workload.arguments, "--seconds", str(plan.seconds), "--warm-up", str(warm_up)]
    try:
        figures = load(server, arguments, load_cpu, timeout=20 + 3 * plan.seconds)
    except LoadError as error:
        note(f"{workload.title}: {error}")
        field.failed(server, error)
        return None
    if figures.get("missing") or figures.get("misordered"):
        note(f"{workload.title}: {server.spec.name} lost {figures['missing']:.0f} messages and delivered "
             f"{figures['misordered']:.0f} out of order")
    return figures


def run_idle(specs, plan):
    """({server: figures}, {server: why it should not be tried again}), each from a server just started."""
    server_cpu, load_cpu = cpus()
    results, out = {}, {}
    for spec in specs:
        if spec.port:
            note(f"{spec.name} runs already, so what its idle connections cost is not measured")
            continue
        try:
            with Server(spec, server_cpu) as server:
                results[spec.name] = load(server, ["idle", "--connections", str(plan.idle_connections)], load_cpu,
                                          timeout=30 + plan.idle_connections / 1000)
            note(f"{plan.idle_connections:,} idle connections, {spec.name}: "
                 f"{results[spec.name]['user_bytes_after_use']:,.0f} bytes each")
        except (LoadError, ServerError) as error:
            if isinstance(error, (Hung, ServerError)):
                out[spec.name] = reason(error)
            note(f"{spec.name} is left out{'' if spec.name in out else ' here'}: {error}")
    return results, out


def median(rounds, figure):
    values = [figures[figure] for figures in rounds if figures and figure in figures]
    return statistics.median(values) if values else None


def ratio(rounds, reference, figure):
    """The median of the ratios of rounds that were measured side by side."""
    values = [mine[figure] / other[figure] for mine, other in zip(rounds, reference)
              if mine and other and mine.get(figure) and other.get(figure)]
    return statistics.median(values) if values else None
