"""Builds the programs and installs the npm peers."""
import os
import shutil
import subprocess
import sys

from .paths import RESULTS, ROOT, SOURCES

TARGETS = ("bench_server", "bench_beast", "bench_floor", "bench_load", "chat")


class BuildError(Exception):
    pass


def run(arguments, **options):
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise BuildError(f"{' '.join(map(str, arguments))}\n{done.stdout}")


def programs():
    print("benchmark: building (preset release)", file=sys.stderr)
    RESULTS.mkdir(parents=True, exist_ok=True)
    run(["cmake", "--preset", "release"], cwd=ROOT)
    run(["cmake", "--build", "--preset", "release", "--target", *TARGETS, "--", "-j", str(os.cpu_count() or 1)],
        cwd=ROOT)


def npm_peers():
    """Whether the npm servers can run."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("benchmark: there is no node or no npm, so their servers are left out", file=sys.stderr)
        return False
    folder = SOURCES / "peers"
    lock, stamp = folder / "package-lock.json", folder / "node_modules" / ".installed-lock"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        try:
            run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder)
        except BuildError as error:
            print(f"benchmark: the npm servers are left out, for they can't be installed: {error}", file=sys.stderr)
            return False
        shutil.copyfile(lock, stamp)
    return True
