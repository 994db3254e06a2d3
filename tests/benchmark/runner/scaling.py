"""What an operation costs our server as things grow: connections, members, groups, bytes and threads.

Where others can do the same, they are measured beside it: what the floor shows, too, is the kernel's.
"""
import collections
import dataclasses

from . import servers
from .measure import Hung, LoadError, cpus, load, note
from .paths import PROGRAMS
from .servers import Server, ServerError


@dataclasses.dataclass(frozen=True)
class Series:
    title: str
    unit: str
    operation: str
    points: tuple  # (what grows, arguments of the load)
    beside: tuple = ()  # servers
    peers: bool = False  # whether those of --peer can do it
    threads: bool = False  # what grows are the server's threads


def echo(connections, depth=1):
    return ("echo", "--connections", str(connections), "--depth", str(depth))


def fanout(connections, window=1, senders=1, groups=1):
    return ("fanout", "--connections", str(connections), "--window", str(window), "--senders", str(senders),
            "--groups", str(groups))


def groups(count):
    return ("groups", "--connections", "1000", "--members", "10", "--groups", str(count))


def raw(size):
    return (*echo(4), "--path", "/echo/", "--size", str(size))


FLOOR = servers.floors()[0]
KIB = 1024
SERIES = (
    Series("echo, 1 in flight", "connections", "request", tuple((n, echo(n)) for n in (100, 1000, 10000)),
           beside=(FLOOR,), peers=True),
    Series("fan-out, 16 in flight", "members", "delivery",
           tuple((n, fanout(n, window=16)) for n in (10, 100, 1000, 10000)), beside=(FLOOR,), peers=True),
    Series("groups of 10, 1 in flight", "groups", "delivery",
           tuple((n, groups(n)) for n in (1, 100, 1000, 10_000, 100_000))),
    Series("rooms of 10 that all send", "rooms", "delivery",
           tuple((n, fanout(10 * n, senders=n, groups=n)) for n in (1, 10, 100, 1000)), beside=(FLOOR,), peers=True),
    Series("raw echo, 4 connections", "bytes", "request",
           tuple((n, raw(n)) for n in (100, KIB, 16 * KIB, 64 * KIB, 256 * KIB, KIB * KIB)),
           beside=(FLOOR, servers.beast()), peers=True),
    Series("echo, 16 in flight", "threads", "request", tuple((n, echo(50, 16)) for n in (1, 2)), threads=True),
    Series("fan-out 1000, 16 in flight", "threads", "delivery",
           tuple((n, fanout(1000, window=16)) for n in (1, 2)), threads=True),
)


def own(threads):
    return servers.Spec(servers.OURS, (PROGRAMS / "bench_server", "--port", "0", "--threads", str(threads)))


def run(rounds, seconds, peers=()):
    """[(series, {server: [(what grows, least CPU µs of an operation)]})]"""
    results = []
    given_up = set()
    for series in SERIES:
        lines = collections.defaultdict(list)
        for count, arguments in series.points:
            specs = [own(count if series.threads else 1), *series.beside, *(peers if series.peers else ())]
            values = collections.defaultdict(list)
            for _ in range(rounds):
                for spec in specs:
                    if spec.name not in given_up:
                        measure(spec, series, arguments, seconds, values, given_up)
            for spec in specs:
                if values[spec.name]:
                    lines[spec.name].append((count, min(values[spec.name])))
            note(f"{series.title}, {count:,} {series.unit}: " + ", ".join(
                f"{name} {min(found):.3g} us" for name, found in values.items() if found))
        results.append((series, dict(lines)))
    return results


def measure(spec, series, arguments, seconds, values, given_up):
    # Threads are given both processors, and share them with the load.
    server_cpu, load_cpu = (None, None) if series.threads else cpus()
    try:
        with Server(spec, server_cpu) as server:
            figures = load(server, [*arguments, "--seconds", str(seconds), "--warm-up", "0.2"], load_cpu,
                           timeout=40 + 3 * seconds)
            values[spec.name].append(figures["cpu_us"])
    except (LoadError, ServerError) as error:
        note(str(error))
        if isinstance(error, (Hung, ServerError)):
            given_up.add(spec.name)
