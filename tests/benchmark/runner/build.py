"""Builds the programs and installs the npm peers."""
import os
import shutil
import subprocess
import sys
import time

from .paths import RESULTS, ROOT, SOURCES

TARGETS = ("bench_server", "bench_beast", "bench_floor", "bench_load", "chat")


class BuildError(Exception):
    pass


def run(arguments, **options):
    """@throws BuildError, also when it takes longer than `timeout` or is not installed"""
    command = " ".join(map(str, arguments))
    try:
        done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    except subprocess.TimeoutExpired as error:
        raise BuildError(f"{command}: not done within {error.timeout} s") from None
    except OSError as error:
        raise BuildError(f"{command}: {error.strerror}; script/bootstrap installs what is needed") from None
    if done.returncode != 0:
        raise BuildError(f"{command}\n{done.stdout}")


def run_telling(arguments, every=10, **options):
    """As run(), for what takes minutes: now and then tells how far it is."""
    output, told = [], time.monotonic()
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    for line in process.stdout:
        output.append(line)
        if line.startswith("[") and time.monotonic() - told > every:
            told = time.monotonic()
            print(f"benchmark: building {line.split(']')[0]}]", file=sys.stderr, flush=True)
    if process.wait() != 0:
        raise BuildError(f"{' '.join(map(str, arguments))}\n{''.join(output)}")


def programs():
    print("benchmark: building (preset release)", file=sys.stderr, flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    run(["cmake", "--preset", "release"], cwd=ROOT)
    run_telling(["cmake", "--build", "--preset", "release", "--target", *TARGETS, "--", "-j", str(os.cpu_count() or 1)],
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
            print("benchmark: installing the npm servers (npm ci in tests/benchmark/peers)", file=sys.stderr, flush=True)
            run(["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, timeout=180)
        except BuildError as error:
            print(f"benchmark: the npm servers are left out, for they can't be installed: {error}", file=sys.stderr)
            return False
        shutil.copyfile(lock, stamp)
    return True
