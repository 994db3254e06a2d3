"""What an operation costs our server as things grow: connections, members, rooms, bytes and threads."""
import dataclasses

from . import servers
from .measure import LoadError, cpus, load, note
from .paths import PROGRAMS
from .servers import Server


@dataclasses.dataclass(frozen=True)
class Series:
    title: str
    unit: str
    operation: str
    points: tuple  # (what grows, arguments of the load)
    threads: bool = False  # what grows are the server's threads


def echo(connections, depth=1):
    return ("echo", "--connections", str(connections), "--depth", str(depth))


def fanout(connections, window=1, senders=1, groups=1):
    return ("fanout", "--connections", str(connections), "--window", str(window), "--senders", str(senders),
            "--groups", str(groups))


SERIES = (
    Series("echo, 1 in flight", "connections", "request", tuple((n, echo(n)) for n in (100, 1000, 10000))),
    Series("fan-out, 16 in flight", "members", "delivery",
           tuple((n, fanout(n, window=16)) for n in (10, 100, 1000, 10000))),
    Series("fan-out, rooms of 10 that all send", "rooms", "delivery",
           tuple((n, fanout(10 * n, senders=n, groups=n)) for n in (1, 10, 100, 1000))),
    Series("raw echo, 4 connections", "bytes", "request",
           tuple((n, (*echo(4), "--path", "/echo/", "--size", str(n)))
                 for n in (100, 1000, 10_000, 100_000, 1_000_000))),
    Series("echo, 16 in flight", "threads", "request", tuple((n, echo(50, 16)) for n in (1, 2)), threads=True),
)


def run(rounds, seconds):
    """[(series, [(what grows, least CPU µs of an operation)])]"""
    results = []
    for series in SERIES:
        points = []
        for count, arguments in series.points:
            threads = str(count if series.threads else 1)
            spec = servers.Spec(servers.OURS, (PROGRAMS / "bench_server", "--port", "0", "--threads", threads))
            server_cpu, load_cpu = (None, None) if series.threads else cpus()
            values = []
            for _ in range(rounds):
                try:
                    with Server(spec, server_cpu) as server:
                        values.append(load(server, [*arguments, "--seconds", str(seconds)], load_cpu)["cpu_us"])
                except LoadError as error:
                    note(str(error))
            if values:
                points.append((count, min(values)))
                note(f"{series.title}, {count} {series.unit}: {min(values):.2f} µs")
        results.append((series, points))
    return results
