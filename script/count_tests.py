#!/usr/bin/env python3
"""Counts the tests in a folder of results, and prints one line: "N passed, N failed[, N skipped]".

One test of CTest is a module with many tests inside, so its output is searched for the summary of
the runner that it is: Catch2, Python's unittest, or a line in the form that is printed here. *.xml is what
`ctest --output-junit` writes, *.log in which the summary of `node --test` is looked for.

With --failed something has failed, be it a build, and at least one failure is counted.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree

ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def last(pattern, text):
    found = None
    for found in re.finditer(pattern, text, re.MULTILINE):
        pass
    return found


def number_before(word, text):
    found = re.search(rf"(\d+) {word}\b", text)
    return int(found.group(1)) if found else 0


def count_output(text):
    """(passed, failed, skipped) as the runner's summary in `text` has it, or None if there is no summary."""
    text = ESCAPES.sub("", text)
    if found := last(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", text):
        return int(found[1]), int(found[2]), int(found[3] or 0)
    if found := last(r"^All tests passed \(.* in (\d+) test cases?\)", text):
        return int(found[1]), 0, 0
    if found := last(r"^test cases:(.*)$", text):
        return (number_before("passed", found[1]) + number_before("failed as expected", found[1]),
                number_before("failed(?! as)", found[1]), number_before("skipped", found[1]))
    if found := last(r"^Ran (\d+) tests? in [^\n]*\n\s*(?:OK|FAILED|NO TESTS RAN)(.*)$", text):
        numbers = {name: int(value) for name, value in re.findall(r"([a-z ]+)=(\d+)", found[2])}
        numbers = {name.strip(): value for name, value in numbers.items()}
        failed = sum(numbers.get(name, 0) for name in ("failures", "errors", "unexpected successes"))
        skipped = numbers.get("skipped", 0)
        return max(int(found[1]) - failed - skipped, 0), failed, skipped
    if last(r"^(?:#|ℹ) tests \d+$", text):
        counts = {word: int(found[1]) if (found := last(rf"^(?:#|ℹ) {word} (\d+)$", text)) else 0
                  for word in ("pass", "fail", "cancelled", "skipped", "todo")}
        return counts["pass"], counts["fail"] + counts["cancelled"], counts["skipped"] + counts["todo"]
    return None


def count_junit(text):
    total = [0, 0, 0]
    for case in xml.etree.ElementTree.fromstring(text).iter("testcase"):
        status = case.get("status")
        counts = count_output(case.findtext("system-out") or "")
        if counts is None:
            counts = (1, 0, 0) if status == "run" else (0, 1, 0)
        elif status != "run" and counts[1] == 0:
            counts = (counts[0], 1, counts[2])  # e.g. a leak found after the last test
        total = [a + b for a, b in zip(total, counts)]
    return total


def main(arguments):
    something_failed = "--failed" in arguments
    folder = pathlib.Path(next(a for a in arguments if a != "--failed"))
    total = [0, 0, 0]
    for path in sorted(folder.iterdir()):
        text = path.read_text(encoding="utf-8", errors="replace")
        counts = count_junit(text) if path.suffix == ".xml" else count_output(text) or (0, 1, 0)
        total = [a + b for a, b in zip(total, counts)]
    passed, failed, skipped = total
    if something_failed:
        failed = max(failed, 1)
    line = f"{passed} passed, {failed} failed"
    print(line + (f", {skipped} skipped" if skipped else ""))
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
