"""What script/benchmark does."""
import argparse
import json
import sys

from . import build, compile_time, environment, instructions, measure, memory, plot, processes, report, scaling, servers
from .paths import PLOT, RESULTS, SCALING_PLOT


def parse(arguments):
    parser = argparse.ArgumentParser(prog="script/benchmark", description="Measures the servers of tests/benchmark.")
    parser.add_argument("--quick", action="store_true", help="about a minute; less exact")
    parser.add_argument("--all", action="store_true",
                        help="this, then --instructions, --memory and --scaling: all of docs/performance.md")
    parser.add_argument("--rounds", type=int, help="how often each workload is run against each server (default: as the time allows)")
    parser.add_argument("--seconds", type=float, help="how long each of these runs is measured")
    parser.add_argument("--connections", type=int, help="idle connections")
    parser.add_argument("--peer", action="append", default=[], type=servers.peer, metavar="NAME=COMMAND",
                        help="one more server: a command that prints its URL, or the URL of one that runs; repeatable")
    parser.add_argument("--reference", help="the server that all are compared with (default: Beast)")
    parser.add_argument("--only", action="append", metavar="NAME", help="leave out all other servers; repeatable")
    parser.add_argument("--write", action=argparse.BooleanOptionalAction,
                        help="write docs/performance.md and its plot (default: unless --quick)")
    parser.add_argument("--scaling", action="store_true",
                        help="measure how our server's cost grows with connections, members, rooms, bytes and threads")
    parser.add_argument("--redis", action="store_true",
                        help="what a delivery costs that comes from another process through Redis")
    parser.add_argument("--memory", action="store_true", help="what an idle connection is made of; needs valgrind")
    parser.add_argument("--compile", action="store_true", help="the processor time that a consumer's file takes to compile")
    parser.add_argument("--instructions", action="store_true",
                        help="count instructions per operation instead, and compare them with the figures kept")
    parser.add_argument("--check", action="store_true", help="with --instructions: only the comparison, within a minute")
    parser.add_argument("--update", action="store_true", help="with --instructions: keep what was counted")
    return parser.parse_args(arguments)


def main(arguments=None):
    options = parse(arguments)
    try:
        build.programs()
        if options.compile:
            return compile_files(options)
        if options.redis:
            return compare_processes(options)
        if options.all:
            return max(step(options) for step in (run, count, weigh, scale))
        if options.instructions:
            return count(options)
        if options.memory:
            return weigh(options)
        return scale(options) if options.scaling else run(options)
    except (build.BuildError, servers.ServerError, measure.LoadError, instructions.CountError,
            memory.SnapshotError, compile_time.CompileError) as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def chosen(specs, options):
    if not options.only:
        return specs
    return [spec for spec in specs if spec.name in options.only]


def run(options):
    specs = [servers.own(), *options.peer, *servers.floors(), servers.beast()]
    with_npm = (not options.only or any("npm" in name for name in options.only)) and build.npm_peers()
    specs = chosen(specs + (servers.npm() if with_npm else []), options)
    names = [spec.name for spec in specs]
    reference = options.reference or (servers.BEAST if servers.BEAST in names else names[0])
    if reference not in names:
        print(f"benchmark: there is no server {reference!r} among {', '.join(names)}", file=sys.stderr)
        return 2

    plan = measure.Plan.quick() if options.quick else measure.Plan.full()
    if options.rounds:
        plan.rounds = plan.least_rounds = options.rounds
    plan.seconds = options.seconds or plan.seconds
    wanted, possible = options.connections or plan.idle_connections, measure.raise_file_limit()
    plan.idle_connections = min(wanted, possible)
    if wanted > possible:
        measure.note(f"the limit of open files allows {possible:,} idle connections, not {wanted:,}")
    idle, out = measure.run_idle(specs, plan)
    if servers.OURS in out:
        raise servers.ServerError(f"without {servers.OURS} there is nothing to measure")
    paired = measure.run_paired([spec for spec in specs if spec.name not in out], plan)
    if servers.OURS in paired.out:
        raise servers.ServerError(f"without {servers.OURS} there is nothing to measure")
    results = paired.figures
    names = [name for name in names if name not in out]
    reference = reference if reference in names else names[0]
    (RESULTS / "results.json").write_text(json.dumps({"paired": results, "idle": idle}, indent=1))

    pinned = "the server on one processor, the load on another" if measure.cpus()[0] is not None else "not pinned"
    lines = [*environment.describe(with_npm),
             f"- `script/benchmark{' --quick' if options.quick else ''}`: {paired.rounds} {'round' if paired.rounds == 1 else 'rounds'} of {plan.seconds} s, "
             f"interleaved; {pinned}; {plan.idle_connections:,} idle connections"
             f"{', as many as the limit of open files allows' if wanted > possible else ''}. Figures are medians; `x` is "
             f"the median of the rounds' ratios to {reference}.",
             *(f"- Left out: {name}: {why}" for name, why in {**out, **paired.out}.items()), ""]
    lines += report.cpu_table(results, names, reference) + [""]
    lines += report.latency_table(results, names) + [""]
    lines += report.idle_table(idle, names) + ["", report.delivery_faults(results, names) + ".", ""]
    lines += report.goals_table(results, idle, [spec.name for spec in options.peer if spec.name in names])
    print("\n".join(lines))
    if options.write if options.write is not None else not options.quick:
        report.replace_section("benchmark", lines)
        PLOT.parent.mkdir(parents=True, exist_ok=True)
        PLOT.write_text(plot.cpu_plot(results, names), encoding="utf-8")
    return 0


def scale(options):
    measure.raise_file_limit()
    rounds, seconds = (1, 0.4) if options.quick else (3, 0.7)
    rounds, seconds = options.rounds or rounds, options.seconds or seconds
    results = scaling.run(rounds, seconds, options.peer)
    (RESULTS / "scaling.json").write_text(json.dumps({series.title: lines for series, lines in results}, indent=1))
    lines = [environment.describe(False)[0],
             f"- `script/benchmark --scaling`: the least of {rounds} runs of {seconds} s each", ""]
    lines += report.scaling_table(results)
    print("\n".join(lines))
    if options.write if options.write is not None else not options.quick:
        report.replace_section("scaling", lines)
        SCALING_PLOT.write_text(plot.scaling_plot(results), encoding="utf-8")
    return 0


def compile_files(options):
    lines = [environment.describe(False)[0], ""] + compile_time.lines(compile_time.measure(options.rounds or 7))
    print("\n".join(lines))
    if options.write is not False:
        report.replace_section("compile", lines)
    return 0


def compare_processes(options):
    measure.raise_file_limit()
    results = processes.run(options.rounds or (2 if options.quick else 7), options.seconds or (0.5 if options.quick else 1.5))
    (RESULTS / "redis.json").write_text(json.dumps(results, indent=1))
    lines = [environment.describe(False)[0],
             f"- `script/benchmark --redis`: {len(next(iter(results.values()))['memory'])} rounds, interleaved, medians; one thread a "
             "process; the sender is in one process, the members in the other; CPU is that of both, without Redis'", ""]
    lines += processes.rows(results)
    print("\n".join(lines))
    if options.write if options.write is not None else not options.quick:
        report.replace_section("redis", lines)
    return 0


def weigh(options):
    if not memory.available():
        print("benchmark: there is no valgrind to look at the heap with", file=sys.stderr)
        return 1
    weights = {f"`{path}`": dict(memory.measure(servers.own(), path)) for path in ("/ping/", "/room/")}
    weights["the chat"] = dict(memory.measure_chat())
    lines = [environment.describe(False)[0], ""] + report.memory_table(weights)
    print("\n".join(lines))
    if options.write is not False:
        report.replace_section("memory", lines)
    return 0


def count_all(spec):
    """{workload: instructions}"""
    counts = {}
    for key, (title, *_) in instructions.WORKLOADS.items():
        counts[key] = instructions.count(spec, key, rounds=2 if spec.name == servers.OURS else 1)
        measure.note(f"{spec.name}, {title}: {counts[key]:.0f} instructions")
    return counts


def count(options):
    if options.check:
        return instructions.check(servers.own(), instructions.GATED)
    if not instructions.available():
        print("benchmark: there is no valgrind to count instructions with", file=sys.stderr)
        return 1
    specs = [servers.own(), *options.peer, *servers.floors()[:1], servers.beast()]
    counts = {}
    for spec in (spec for spec in chosen(specs, options) if spec.native and spec.command):
        try:
            counts[spec.name] = count_all(spec)
        except (servers.ServerError, measure.LoadError, instructions.CountError) as error:
            if not spec.extra:
                raise
            measure.note(f"{spec.name} is left out: {error}")
    titles = {key: title for key, (title, *_) in instructions.WORKLOADS.items()}
    name, version = environment.compiler_version()
    lines = [f"Counted with {instructions.versions()} on the build of {name} {version}; fan-out per delivery.", ""]
    lines += report.instructions_table(titles, counts)
    ours = counts.get(servers.OURS)
    if ours is not None:
        lines += [""] + report.instruction_goals_table(titles, ours)
    print("\n".join(lines))
    if options.write is not False:
        report.replace_section("instructions", lines)
    if ours is None:
        return 0
    if options.update:
        instructions.update(ours)
        return 0
    kept = instructions.kept().get("instructions", {})
    over = [key for key in kept if key in ours and ours[key] > kept[key] * (1 + instructions.TOLERANCE)]
    for key in over:
        print(f"benchmark: {titles[key]} costs {ours[key]:.0f} instructions, more than 10 % over {kept[key]}",
              file=sys.stderr)
    return 1 if over else 0
