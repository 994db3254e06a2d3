"""Results as Markdown, and their place in docs/performance.md."""
import re

from .measure import WORKLOADS, median, ratio
from .paths import DOCUMENT
from .servers import BEAST, COALESCING_FLOOR, OURS


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def short(value):
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 1 else f"{value:.2f}"


def cpu_table(results, names, reference):
    """CPU time of the server for one operation, and how many times that of the reference it is."""
    rows = []
    for name in names:
        row = [name]
        for workload in WORKLOADS:
            rounds = results[workload.key][name]
            times = ratio(rounds, results[workload.key][reference], "cpu_us")
            if median(rounds, "cpu_us") is None:
                row.append("-")
                continue
            cell = f"{short(median(rounds, 'cpu_us'))} µs"
            row.append(cell + (f", {short(times)}x" if times and name != reference else ""))
        rows.append(row)
    header = ["server CPU per operation"] + [f"{w.title}<br>per {w.operation}" for w in WORKLOADS]
    return table(header, rows)


def latency_table(results, names):
    rows = []
    for name in names:
        row = [name]
        for workload in WORKLOADS:
            rounds = results[workload.key][name]
            rate = median(rounds, "rate")
            row.append("-" if rate is None else
                       f"{short(rate)}/s; {short(median(rounds, 'p50_us') / 1000)}, "
                       f"{short(median(rounds, 'p99_us') / 1000)} ms")
        rows.append(row)
    return table(["rate; p50, p99"] + [w.title for w in WORKLOADS], rows)


def idle_table(idle, names):
    rows = [[name] + [f"{figures[key]:,.0f}" for key in ("user_bytes", "user_bytes_after_use", "resident_bytes")]
            for name in names if (figures := idle.get(name))]
    return table(["bytes of an idle connection", "allocated", "allocated, after one request", "resident"], rows)


def delivery_faults(results, names):
    """A sentence on what was missing or misordered."""
    faults = []
    for workload in WORKLOADS:
        for name in names:
            rounds = [r for r in results[workload.key][name] if r and "missing" in r]
            missing, misordered = (sum(r[key] for r in rounds) for key in ("missing", "misordered"))
            if missing or misordered:
                faults.append(f"{name}, {workload.title}: {missing:.0f} missing, {misordered:.0f} out of order")
    return "; ".join(faults) if faults else "No server lost a message or delivered one out of order"


GOALS = (  # title, workload, figure, against, must, aim
    ("echo, 1 in flight: CPU against Beast", "echo_1", "cpu_us", BEAST, 0.75, 0.6),
    ("echo, 16 in flight: CPU against Beast", "echo_16", "cpu_us", BEAST, 0.15, 0.10),
    ("fan-out 1000, 1 in flight: CPU against the coalescing floor", "fanout_1", "cpu_us", COALESCING_FLOOR, 1.3, 1.1),
    ("fan-out 1000, 16 in flight: CPU against the coalescing floor", "fanout_16", "cpu_us", COALESCING_FLOOR, 1.25, 1.1),
    ("fan-out 1000, 16 in flight: p99 against Beast", "fanout_16", "p99_us", BEAST, 0.2, 0.1),
)
IDLE_GOAL = ("idle connection, bytes in user space", 2048, 1024)


def verdict(value, must, aim):
    value = round(value, 2)  # what is printed
    return "better than aimed at" if value <= aim else "reached" if value <= must else "missed"


PEER_GOAL = 1.0  # times the CPU time of a server given by --peer, for all that is served and delivered


def goals_table(results, idle, peers=()):
    rows = []
    against_peers = tuple((f"{workload.title}: CPU against {peer}", workload.key, "cpu_us", peer, PEER_GOAL, PEER_GOAL)
                          for peer in peers for workload in WORKLOADS[:4])
    for title, key, figure, against, must, aim in GOALS + against_peers:
        value = ratio(results[key].get(OURS, []), results[key].get(against, []), figure)
        if value is not None:
            rows.append([title, f"{short(value)}x", f"{must}x", f"{aim}x", verdict(value, must, aim)])
    if OURS in idle:
        title, must, aim = IDLE_GOAL
        value = idle[OURS]["user_bytes_after_use"]
        rows.append([title, f"{value:,.0f}", f"{must:,}", f"{aim:,}", verdict(value, must, aim)])
    return table(["goal", "measured", "bound", "aim", ""], rows)


def instructions_table(titles, counts):
    """counts: {server: {workload: instructions}}"""
    keys = list(titles)
    rows = [[name] + [short(values.get(key)) for key in keys] for name, values in counts.items()]
    return table(["instructions per operation"] + [titles[key] for key in keys], rows)


INSTRUCTION_GOALS = (("echo_1", 4100, 2400), ("echo_16", 3650, 2000), ("fanout_1", 500, 260), ("fanout_16", 350, 230))


def instruction_goals_table(titles, ours):
    rows = [[titles[key], f"{ours[key]:,.0f}", f"{must:,}", f"{aim:,}", verdict(ours[key], must, aim)]
            for key, must, aim in INSTRUCTION_GOALS if key in ours]
    return table(["goal: instructions per operation", "measured", "bound", "aim", ""], rows)


def scaling_table(results):
    """A row for each server of a series, a column for each point."""
    lines = []
    for series, lines_of in results:
        counts = sorted({count for points in lines_of.values() for count, _ in points})
        rows = [[name] + [f"{short(dict(points).get(count))} µs" for count in counts]
                for name, points in lines_of.items() if points]
        lines += table([f"{series.title}: {series.unit}"] + [f"{count:,}" for count in counts], rows) + [""]
    return lines[:-1]


def memory_table(weights):
    """weights: {server: {site: bytes}}"""
    servers = list(weights)
    sites = sorted({site for of_server in weights.values() for site in of_server},
                   key=lambda site: -max(of_server.get(site, 0) for of_server in weights.values()))
    rows = [[site] + [f"{weights[server].get(site, 0):,.0f}" for server in servers] for site in sites]
    rows.append(["all"] + [f"{sum(weights[server].values()):,.0f}" for server in servers])
    return table(["bytes on the heap, asked for"] + servers, rows)


def replace_section(name, lines):
    """Puts lines between `<!-- name -->` and `<!-- /name -->` of docs/performance.md."""
    text = DOCUMENT.read_text(encoding="utf-8")
    body = "\n".join(lines)
    pattern = re.compile(rf"(<!-- {name}[^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{DOCUMENT} has no section {name}")
    DOCUMENT.write_text(pattern.sub(lambda found: f"{found[1]}\n{body}\n\n{found[2]}", text), encoding="utf-8")
