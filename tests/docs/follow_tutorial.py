#!/usr/bin/env python3
"""Follows docs/tutorial.md in an empty folder, as a reader would, builds what comes of it and runs its tests.

    follow_tutorial.py --source DIR --work DIR [-D... for CMake]

Commands marked <!-- run --> are run, and a file is what the document shows of it, piece after piece.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_docs  # noqa: E402


def place_of(path):
    """Where a file of this repository is in the reader's folder."""
    for prefix in ("tests/docs/tutorial/", "tests/docs/", "examples/"):
        if path.startswith(prefix):
            return path[len(prefix):]
    raise SystemExit(f"the tutorial shows {path}, which has no place in the reader's folder")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    arguments, definitions = parser.parse_known_args()
    source, folder = arguments.source.resolve(), arguments.work / "reader"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    lines = (source / "docs" / "tutorial.md").read_text(encoding="utf-8").split("\n")
    complete = {path for line in lines for match in [check_docs.COMPLETE.match(line)] if match
                for path in match["paths"].split()}
    shown = {}
    for block in check_docs.blocks_of(lines):
        origin = check_docs.SNIPPET.match(block.origin)
        if block.origin == "<!-- run -->":
            subprocess.run(["bash", "-eu", "-c", "\n".join(block.lines)], check=True, cwd=folder,
                           env={**os.environ, "CHANX": str(source)})
        elif origin and origin["path"] in complete:
            shown.setdefault(origin["path"], []).append("\n".join(block.lines) + "\n")
    if not shown:
        raise SystemExit("the tutorial shows no file")
    for path, pieces in shown.items():
        target = folder / place_of(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("\n".join(pieces), encoding="utf-8")

    build = arguments.work / "build"
    for command in (["cmake", "-S", folder, "-B", build, "-G", "Ninja", f"-DCHANX_SOURCE={source}", *definitions],
                    ["cmake", "--build", build, "--parallel", "2"],
                    [build / "chat_tests"],
                    [build / "chat", "--version"]):
        print("+", *command, flush=True)
        subprocess.run([str(word) for word in command], check=True)


if __name__ == "__main__":
    main()
