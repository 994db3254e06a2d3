"""The processor time that a consumer's file takes to compile."""
import json
import os
import resource
import shlex
import statistics
import subprocess

from .environment import compiler_version
from .paths import RESULTS, ROOT

BUILD = ROOT / "build" / "release"
CONSUMER = ROOT / "examples" / "chat" / "consumer.cpp"
YARDSTICK = "#include <boost/describe.hpp>\n#include <boost/json/value.hpp>\n"
EVERYTHING = "#include <chanx/chanx.hpp>\n"
GOAL = ("compile of examples/chat/consumer.cpp at -O2, processor seconds", 3.0, 2.0)


class CompileError(Exception):
    pass


def flags(source):
    """The compiler and its definitions and include directories, as the build has them."""
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        if entry["file"] == str(source):
            words = shlex.split(entry["command"])
            while not os.path.basename(words[0]).startswith(("clang", "g++", "c++")):
                words.pop(0)  # a compiler cache would hide what is measured
            kept = [word for word in words[1:] if word.startswith(("-D", "-I"))]
            for number, word in enumerate(words):
                if word == "-isystem":
                    kept += words[number:number + 2]
            return [words[0], *kept]
    raise CompileError(f"{BUILD}/compile_commands.json does not know {source}")


def seconds(source, command):
    """User and system time of one compilation."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([*command, "-std=c++20", "-O2", "-c", str(source), "-o", os.devnull],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    if done.returncode != 0:
        raise CompileError(f"{source} does not compile:\n{done.stdout}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(rounds):
    """{title: seconds of each round}; the files take turns, for the machine's speed drifts."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    command = flags(CONSUMER)
    plan = {str(CONSUMER.relative_to(ROOT)): (CONSUMER, command)}
    for title, name, text in (("nothing but `<chanx/chanx.hpp>`", "everything.cpp", EVERYTHING),
                              ("nothing but `<boost/describe.hpp>` and `<boost/json/value.hpp>`", "yardstick.cpp",
                               YARDSTICK)):
        (RESULTS / name).write_text(text)
        plan[title] = (RESULTS / name, command)
    times = {title: [] for title in plan}
    for _ in range(rounds):
        for title, (source, how) in plan.items():
            times[title].append(seconds(source, how))
    return times


def verdict(value):
    _, must, aim = GOAL
    return "better than aimed at" if value <= aim else "reached" if value <= must else "missed"


def lines(times):
    """As Markdown."""
    name, version = compiler_version()
    rounds = len(next(iter(times.values())))
    rows = [f"{name} {version} -O2, user and system time, {rounds} rounds in turn.", "",
            "| a file | median | least |", "|---|---:|---:|"]
    rows += [f"| {title} | {statistics.median(values):.2f} s | {min(values):.2f} s |" for title, values in times.items()]
    value = statistics.median(next(iter(times.values())))
    title, must, aim = GOAL
    rows += ["", "| goal | measured | bound | aim |  |", "|---|---:|---:|---:|---:|",
             f"| {title} | {value:.2f} | {must:g} | {aim:g} | {verdict(value)} |"]
    return rows
