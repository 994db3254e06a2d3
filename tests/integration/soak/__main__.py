"""See script/soak."""

import sys
import time

from soak.run import soak


def main():
    try:
        seconds = float(sys.argv[1]) * 60
        assert len(sys.argv) == 2 and 0 < seconds <= 7 * 24 * 3600
    except (IndexError, ValueError, AssertionError):
        print("usage: script/soak MINUTES", file=sys.stderr)
        return 2
    report = soak(seconds, lambda line: print(line, flush=True), seed=int(time.time()) % 100_000)
    for line in report.lines:
        print(f"soak: {line}")
    for failure in report.failures[:50]:
        print(f"soak: FAILED: {failure}")
    print(f"soak: {len(report.failures)} failures" if report.failures else "soak: nothing was lost, and nothing is left")
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
