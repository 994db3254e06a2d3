"""Counts the instructions that an operation takes in user space.

Callgrind counts those of a whole run; two runs that differ only in how many operations they do leave what the
operations cost. That does not depend on how busy the machine is, so it is what a change is judged by.
"""
import concurrent.futures
import json
import re
import shutil
import subprocess

from .measure import load
from .paths import INSTRUCTIONS, RESULTS
from .servers import Server

"""Key: title, operations that a counted one makes, (few, many), arguments."""
WORKLOADS = {
    "echo_single": ("echo, 1 connection, 1 in flight", 1, (2000, 10000),
                    ("echo", "--connections", "1", "--depth", "1")),
    "echo_1": ("echo, 50 connections, 1 in flight", 1, (2000, 10000),
               ("echo", "--connections", "50", "--depth", "1")),
    "echo_16": ("echo, 50 connections, 16 in flight", 1, (4000, 20000),
                ("echo", "--connections", "50", "--depth", "16")),
    "fanout_1": ("fan-out 100, 1 in flight", 100, (100, 1100),
                 ("fanout", "--connections", "100", "--window", "1")),
    "fanout_16": ("fan-out 100, 16 in flight", 100, (160, 1760),
                  ("fanout", "--connections", "100", "--window", "16")),
}
GATED = ("echo_1", "echo_16", "fanout_1", "fanout_16")
TOLERANCE = 0.10


class CountError(Exception):
    pass


def total(spec, arguments, operations, tag):
    log = RESULTS / f"callgrind-{tag}-{operations}.log"
    wrapper = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}")
    with Server(spec, wrapper=wrapper, patience=60) as server:
        load(server, [*arguments, "--operations", str(operations)])
    found = re.search(r"Collected : (\d+)", log.read_text(errors="replace"))
    if not found:
        raise CountError(f"callgrind counted nothing; see {log}")
    return int(found[1])


def count(spec, key, rounds=1):
    """Instructions per operation; of several counts the smallest, for what differs is waiting."""
    _, multiplier, (few, many), arguments = WORKLOADS[key]
    tag = re.sub(r"\W+", "_", f"{spec.name}-{key}")
    best = None
    for _ in range(rounds):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            low, high = pool.map(lambda n: total(spec, arguments, n, tag), (few, many))
        each = (high - low) / ((many - few) * multiplier)
        best = each if best is None else min(best, each)
    return best


def compiler():
    """What the release build was compiled with, e.g. "clang 19": other compilers need other numbers of instructions."""
    from .environment import compiler_version
    name, version = compiler_version()
    return f"{name} {version.split('.')[0]}"


def available():
    return shutil.which("valgrind") is not None


def kept():
    return json.loads(INSTRUCTIONS.read_text()) if INSTRUCTIONS.exists() else {}


def check(spec, keys):
    """Counts and compares with the figures kept. Prints a table, then "N passed, N failed". Returns an exit code."""
    figures = kept()
    if not available():
        print("benchmark: there is no valgrind, so no instructions are counted")
        print(f"0 passed, 0 failed, {len(keys)} skipped")
        return 0
    if figures.get("compiler") != compiler():
        print(f"benchmark: the figures kept are for {figures.get('compiler')}, and this is {compiler()}")
        print(f"0 passed, 0 failed, {len(keys)} skipped")
        return 0
    failed = 0
    for key in keys:
        most = figures["instructions"][key] * (1 + TOLERANCE)
        each = count(spec, key)
        if each > most:  # once more, for a busy machine may batch less
            each = min(each, count(spec, key))
        verdict = "ok" if each <= most else "FAILED: more than 10 % over"
        failed += each > most
        print(f"{WORKLOADS[key][0]:<36} {each:8.0f} instructions, kept {figures['instructions'][key]:8.0f}  {verdict}",
              flush=True)
    print(f"{len(keys) - failed} passed, {failed} failed")
    return 1 if failed else 0


def update(results):
    INSTRUCTIONS.write_text(json.dumps(
        {"compiler": compiler(), "instructions": {key: round(value) for key, value in results.items()}},
        indent=2) + "\n")


def versions():
    return subprocess.run(["valgrind", "--version"], capture_output=True, text=True).stdout.strip()
