#!/usr/bin/env python3
"""Checks the include lines and file sizes of a source tree; prints one line for each thing wrong.

    check_layers.py [ROOT]

Includes point downward only (ALLOWED). Beast stays in the server, costly headers and macros stay out of
what users include, examples see what users see, a unit test includes first what it tests, and no file grows too long.
"""
import os
import pathlib
import re
import sys

BELOW_CONSUMER = {"base", "runtime", "websocket", "json", "http", "message", "layer", "auth"}
# Which modules each module may include besides itself. A module is a folder under include/chanx and src;
# the files directly in them are "base". chanx.hpp is everything, and nothing includes it.
ALLOWED = {
    "base": {"runtime"},  # the folder runtime is the private part of base
    "runtime": {"base"},
    "websocket": {"base"},
    "json": {"base"},
    "http": {"base", "json", "runtime"},
    "message": {"base", "json"},
    "layer": {"base", "json", "message", "http", "runtime", "websocket"},
    "auth": {"base", "json", "http", "message", "layer", "runtime"},
    "consumer": BELOW_CONSUMER,
    "routing": BELOW_CONSUMER | {"consumer"},
    "app": BELOW_CONSUMER | {"consumer", "routing"},
    "server": BELOW_CONSUMER | {"consumer", "routing", "app"},
    "testing": BELOW_CONSUMER | {"consumer", "routing", "app"},
    "metrics": BELOW_CONSUMER | {"consumer", "routing", "app"},
}

BEAST_HEADER = "include/chanx/server/beast.hpp"
# The example for those who use Beast themselves.
BEAST_EXAMPLE = "examples/03_embed_in_beast.cpp"
# What lets Asio into consumers, for those who ask for it: not part of chanx.hpp.
ASIO_HEADER = "include/chanx/asio.hpp"
# Made by the build from the files it embeds.
GENERATED = {"static_files.hpp"}
# Each unit with Beast's coroutines costs 17 s of CPU.
MAX_BEAST_UNITS = 4
# What no public header includes, and why.
BANNED_IN_PUBLIC = [
    (re.compile(r"spdlog/"), "costs every user seconds; log through chanx/logging.hpp"),
    (re.compile(r"fmt/"), "belongs into a .cpp"),
    (re.compile(r"boost/asio/co_spawn\.hpp$"), "belongs into a .cpp"),
    (re.compile(r"boost/asio\.hpp$"), "include the parts that are needed"),
    (re.compile(r"boost/json\.hpp$"), "include the parts that are needed"),
]

MAX_LINES = 400
# path: why it may be longer
LONG_FILES: dict[str, str] = {}
CODE_SUFFIXES = {".cpp", ".hpp", ".py", ".js", ".mjs", ".cmake"}
CODE_FOLDERS = ("include", "src", "examples", "tests", "cmake", "script")
SKIPPED_FOLDERS = {"node_modules", "__pycache__", "build"}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
DEFINED = re.compile(r"^[ \t]*#[ \t]*(define|undef)[ \t]+(\w+)", re.MULTILINE)
BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()
        self.violations = []
        self.files = []
        for folder in CODE_FOLDERS:
            for parent, folders, names in os.walk(self.root / folder):
                folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
                self.files += [(pathlib.Path(parent) / name).relative_to(self.root).as_posix()
                               for name in sorted(names)]
        self.known = set(self.files)

    def report(self, path, what):
        self.violations.append(f"{path}: {what}")

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def includes(self, path):
        """[(opening, name)] in the order of the file, `opening` being < or "."""
        return INCLUDE.findall(BLOCK_COMMENT.sub("", self.text(path)))

    def sources(self, *folders):
        return [path for path in self.files
                if path.startswith(tuple(f"{folder}/" for folder in folders)) and path.endswith((".hpp", ".cpp"))]

    def resolve(self, path, opening, name):
        """The project's file that this include line means, or None when it is not the project's."""
        candidates = []
        if opening == '"':
            candidates.append(os.path.normpath(os.path.join(os.path.dirname(path), name)))
        candidates.append(f"include/{name}")
        candidates.append(f"src/{name}")
        if path.startswith("examples/"):
            # Written from examples/ or from the example's own folder.
            candidates.append(f"examples/{name}")
            candidates.append("/".join(path.split("/")[:2]) + f"/{name}")
        return next((candidate for candidate in candidates if candidate in self.known), None)


def module_of(path):
    """The module of a file under include/chanx or src, None for chanx.hpp."""
    if path == "include/chanx/chanx.hpp":
        return None
    parts = path.removeprefix("include/chanx/").removeprefix("src/").split("/")
    return "base" if len(parts) == 1 else parts[0]


def check_arrows(tree):
    for path in tree.sources("include", "src"):
        module = module_of(path)
        if module is None:
            continue
        if module not in ALLOWED:
            tree.report(path, f"the module {module} is unknown; give it a place in check_layers.py")
            continue
        for opening, name in tree.includes(path):
            target = tree.resolve(path, opening, name)
            if target is None:
                if opening == '"' or name.startswith("chanx/"):
                    tree.report(path, f"includes {name}, which is not there")
                continue
            if target == "include/chanx/chanx.hpp":
                tree.report(path, "includes chanx/chanx.hpp, which is for applications")
                continue
            to = module_of(target)
            if to != module and to not in ALLOWED[module]:
                tree.report(path, f"{module} must not know {to} (includes {name})")
            if path.startswith("include/") and not target.startswith("include/"):
                tree.report(path, f"a public header includes {name}, which is not installed")


def check_beast(tree):
    for path in tree.sources("include", "src", "examples"):
        if path in (BEAST_HEADER, BEAST_EXAMPLE) or path.startswith("src/server/"):
            continue
        for _, name in tree.includes(path):
            if name.startswith("boost/beast") or (name == "chanx/server/beast.hpp" and path.startswith("examples/")):
                tree.report(path, f"Beast is for {BEAST_HEADER}, src/server and {BEAST_EXAMPLE} only (includes {name})")

    def sees_beast(path, seen):
        if path in seen:
            return False
        seen.add(path)
        for opening, name in tree.includes(path):
            target = tree.resolve(path, opening, name)
            if name.startswith("boost/beast") or (target and sees_beast(target, seen)):
                return True
        return False

    units = [path for path in tree.sources("src") if path.endswith(".cpp") and sees_beast(path, set())]
    if len(units) > MAX_BEAST_UNITS:
        tree.report("src", f"{len(units)} units see Beast, at most {MAX_BEAST_UNITS} may: {', '.join(units)}")


def check_public_headers(tree):
    for path in tree.sources("include"):
        if "#pragma once" not in tree.text(path):
            tree.report(path, "lacks #pragma once")
        for _, name in tree.includes(path):
            for pattern, reason in BANNED_IN_PUBLIC:
                if pattern.match(name) and not (path == ASIO_HEADER and "co_spawn" in name):
                    tree.report(path, f"a public header includes {name}: {reason}")


def check_macros(tree):
    """A user's file gets no macro from us but CHANX_..., and none that ends in an underscore, which are a header's own."""
    for path in tree.sources("include"):
        left = set()
        for what, name in DEFINED.findall(BLOCK_COMMENT.sub("", tree.text(path))):
            if not name.startswith("CHANX_"):
                tree.report(path, f"{what}s the macro {name}: a public header's begin with CHANX_")
            (left.add if what == "define" else left.discard)(name)
        for name in sorted(left):
            if name.startswith("CHANX_") and name.endswith("_"):
                tree.report(path, f"leaves its own macro {name} behind: #undef it")


def check_examples(tree):
    for path in tree.sources("examples"):
        # examples/chat/... is a program of its own, 01_echo.cpp another.
        parts = path.split("/")
        own = "/".join(parts[:2]) + "/" if len(parts) > 2 else path
        for opening, name in tree.includes(path):
            target = tree.resolve(path, opening, name)
            if target is None:
                if (opening == '"' and name not in GENERATED) or name.startswith("chanx/"):
                    tree.report(path, f"includes {name}, which is not there")
            elif target.startswith("include/"):
                if opening != "<" or not name.startswith("chanx/"):
                    tree.report(path, f"includes {name}: write <chanx/...>")
            elif target.startswith("examples/"):
                if not target.startswith(own):
                    tree.report(path, f"includes {name}, which is another example's")
            else:
                tree.report(path, f"an example sees public headers only (includes {name})")


def check_unit_tests(tree):
    for path in tree.sources("tests/unit"):
        if not path.endswith("_test.cpp"):
            continue
        tested = path.removeprefix("tests/unit/").removesuffix("_test.cpp") + ".hpp"
        if f"include/chanx/{tested}" in tree.known:
            expected = ("<", f"chanx/{tested}")
        elif f"src/{tested}" in tree.known:
            expected = ('"', tested)
        elif f"examples/{tested}" in tree.known:
            expected = ('"', tested)
        else:
            continue
        includes = tree.includes(path)
        if not includes or includes[0] != expected:
            closing = ">" if expected[0] == "<" else '"'
            tree.report(path, f"must include first what it tests: {expected[0]}{expected[1]}{closing}")


def check_sizes(tree):
    for path in tree.files:
        if pathlib.PurePosixPath(path).suffix not in CODE_SUFFIXES or path in LONG_FILES:
            continue
        lines = tree.text(path).count("\n")
        if lines > MAX_LINES:
            tree.report(path, f"{lines} lines, {MAX_LINES} are the bound")
    for path in LONG_FILES:
        if path not in tree.known:
            tree.report(path, "is listed as long in check_layers.py, but is not there")


CHECKS = [check_arrows, check_beast, check_public_headers, check_macros, check_examples, check_unit_tests, check_sizes]


def violations(root):
    tree = Tree(root)
    for check in CHECKS:
        check(tree)
    return tree.violations


def main(arguments):
    root = arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[2]
    found = violations(root)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
