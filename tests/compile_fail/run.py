#!/usr/bin/env python3
"""Compiles every *.cpp of a folder and checks what the compiler says.

A file that begins with lines `// EXPECT: text` must be refused, with each of these texts in the output, the
first of them with the first error: it is what the user reads first. A file whose name starts with `ok_` must
compile: it is the same code as in the files of its kind, without their mistakes, and shows that the mistake
is what was refused.

    Where the compiler is clang, a header that several files begin with is read once.

    run.py --compiler clang++ [--folder DIR] [--jobs N] [--only PART_OF_NAME] [--kind FIRST_WORD] -- FLAGS...
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
# A refused file that pulls in the whole library takes a few seconds; this is for a compiler that hangs.
TIMEOUT_SECONDS = 180
INCLUDE = re.compile(r"^#include ([<\"].*[>\"])$", re.MULTILINE)
ERROR = re.compile(r":(?: fatal)? error: ")


def precompiled(header, command, folder, output):
    """The flags with which the compiler has the header at once; none where it can't be compiled."""
    done = subprocess.run([*command, "-x", "c++-header", "-iquote", str(folder), "-", "-o", output], text=True,
                          input=f"#include {header}\n", capture_output=True, timeout=TIMEOUT_SECONDS, check=False)
    return ["-include-pch", output] if done.returncode == 0 else []


def expectations(path):
    texts = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("//"):
            break
        if line.startswith("// EXPECT:"):
            texts.append(line.removeprefix("// EXPECT:").strip())
    return texts


def check(path, command):
    """Returns why the file is wrong, or None."""
    must_compile = path.name.startswith("ok_")
    expected = expectations(path)
    if must_compile and expected:
        return "a file named ok_* must compile, so it can't expect an error"
    if not must_compile and not all(expected or [""]):
        return "must begin with // EXPECT: and the text that the compiler has to say"
    try:
        done = subprocess.run([*command, str(path)], capture_output=True, text=True, errors="replace",
                              timeout=TIMEOUT_SECONDS, env={**os.environ, "LC_ALL": "C"}, check=False)
    except subprocess.TimeoutExpired:
        return f"the compiler took more than {TIMEOUT_SECONDS} s"
    output = done.stdout + done.stderr
    shown = "\n".join("    | " + line for line in output.splitlines()[:60])
    if done.returncode < 0 or "PLEASE submit a bug report" in output or "internal compiler error" in output:
        return f"the compiler crashed\n{shown}"
    if must_compile:
        return None if done.returncode == 0 else f"does not compile\n{shown}"
    if done.returncode == 0:
        return "compiles, though it must not"
    # The compiler shows source lines too: the file's own would answer for it.
    own = set(line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    said = "\n".join(line for line in output.splitlines() if line.partition("|")[2].strip() not in own - {""})
    for text in expected:
        if text not in said:
            return f"is refused, but without the text: {text}\n{shown}"
    # Up to the second error: the first one with its notes and the lines it shows.
    second = list(ERROR.finditer(said))[1:2]
    if second and expected[0] not in said[:said.rindex("\n", 0, second[0].start())]:
        return f"is refused, but not first for: {expected[0]}\n{shown}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--folder", type=pathlib.Path, default=HERE)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="only files with this in the name")
    parser.add_argument("--kind", default="", help="only files whose name begins with this word")
    parser.add_argument("flags", nargs="*")
    arguments = parser.parse_args()

    files = sorted(path for path in arguments.folder.glob("*.cpp")
                   if arguments.only in path.name and arguments.kind in ("", re.split("[_.]", path.name)[0]))
    if not files:
        print(f"no files in {arguments.folder}")
        return 1
    # g++ leaves templates uninstantiated when it only checks the syntax.
    version = subprocess.run([arguments.compiler, "--version"], capture_output=True, text=True, check=True).stdout
    mode = ["-fsyntax-only"] if "clang" in version else ["-S", "-o", os.devnull]
    command = [arguments.compiler, *arguments.flags, *mode]
    print("compiling with:", shlex.join(command))
    headers = {path: INCLUDE.search(path.read_text(encoding="utf-8")) for path in files}
    shared = collections.Counter(header[1] for header in headers.values() if header)
    ready = {}

    def timed(path):
        start = time.monotonic()
        header = ready.get(headers[path] and headers[path][1], [])
        return check(path, [*command, *header]), time.monotonic() - start

    failed = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        if "clang" in version:
            for number, (header, count) in enumerate(shared.items()):
                if count > 2:
                    ready[header] = precompiled(header, [arguments.compiler, *arguments.flags], arguments.folder,
                                                f"{folder}/{number}.pch")
        for path, (reason, seconds) in zip(files, pool.map(timed, files)):
            failed += reason is not None
            print(f"{'ok' if reason is None else 'FAILED':6} {path.name} ({seconds:.1f} s)"
                  + ("" if reason is None else f": {reason}"), flush=True)
    print(f"{len(files) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
