#!/usr/bin/env python3
"""Builds and runs the project in downstream/ against this library.

    run.py find_package|add_subdirectory --source DIR --build DIR --work DIR --version V [-D... for CMake]

find_package installs the build tree DIR into a stage of its own first. --work is kept, so that a second run
builds only what has changed.
"""
import argparse
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def run(*command):
    print("+", *command, flush=True)
    subprocess.run([str(word) for word in command], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=["find_package", "add_subdirectory"])
    for name in ("source", "build", "work"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--version", required=True, help="what chanx::version() must say")
    arguments, definitions = parser.parse_known_args()

    tree = arguments.work / arguments.way
    if arguments.way == "find_package":
        stage = arguments.work / "stage"
        shutil.rmtree(stage, ignore_errors=True)
        run("cmake", "--install", arguments.build, "--prefix", stage)
        for path in stage.rglob("*.cmake"):
            if str(arguments.source) in path.read_text(encoding="utf-8"):
                sys.exit(f"{path} names the source tree")
        definitions.append(f"-DCMAKE_PREFIX_PATH={stage}")
        testing = any(stage.rglob("libchanx_testing.*"))
        definitions.append(f"-DCHANX_COMPONENTS={'testing' if testing else ''}")
    else:
        definitions.append(f"-DCHANX_SOURCE={arguments.source}")
    run("cmake", "-S", HERE / "downstream", "-B", tree, "-G", "Ninja", *definitions)
    run("cmake", "--build", tree, "--parallel", "2")
    said = subprocess.run([tree / "downstream"], check=True, capture_output=True, text=True).stdout.strip()
    if said != arguments.version:
        sys.exit(f"chanx::version() said {said!r}, not {arguments.version!r}")
    print(f"downstream runs with chanx {said}")


if __name__ == "__main__":
    main()
