#!/usr/bin/env python3
"""Checks the documents in the root and below docs/ against the sources.

    check_docs.py [--write] [ROOT]

What is found is printed as FILE:LINE: TEXT, and the exit code is 1. --write first brings the snippets up to date.
A document says where a fenced block comes from in a comment on the line before it:

    <!-- snippet: PATH -->               the whole file
    <!-- snippet: PATH#NAME -->          what stands between // [docs:NAME] and // [/docs:NAME] (or # ...)
    <!-- snippet: PATH "A" .. "B" -->    from the first line that begins with A to the next that begins with B
    <!-- synopsis: HEADER... -->         declarations, each of which stands in one of these headers
    <!-- complete: PATH... -->           the snippets of this document show all of the file (no block follows)

Indentation common to all lines of a snippet does not count. Every block of C++ or CMake has such an origin.
"""
import pathlib
import re
import sys
import textwrap

SNIPPET = re.compile(r'^<!-- snippet: (?P<path>[^\s"#]+)(?:#(?P<name>[\w-]+)|\s+"(?P<first>.*)" \.\. "(?P<last>.*)")? -->$')
SYNOPSIS = re.compile(r"^<!-- synopsis: (?P<paths>\S+(?: \S+)*) -->$")
COMPLETE = re.compile(r"^<!-- complete: (?P<paths>\S+(?: \S+)*) -->$")
MARKER = re.compile(r"^\s*(?://|#) \[/?docs:[\w-]+\]$")
LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
NEEDS_ORIGIN = {"cpp", "cmake"}
PLACEHOLDER = re.compile(r"^\s*[A-Z_]{8,}\s*$")
COMPILED = re.compile(r"^(examples|include|tests/frameworks)/|^tests/(docs|redis)/\w+_test\.cpp$")


class Failure(Exception):
    pass


class Block:
    """A fenced block; `start` is the number of its first line of content, counted from 0."""

    def __init__(self, language, start, lines, origin):
        self.language, self.start, self.lines, self.origin = language, start, lines, origin


def blocks_of(lines):
    found, index = [], 0
    while index < len(lines):
        fence = re.match(r"^(`{3,})(\w*)$", lines[index])
        if fence:
            end = index + 1
            while end < len(lines) and lines[end] != fence[1]:
                end += 1
            found.append(Block(fence[2], index + 1, lines[index + 1:end], lines[index - 1] if index else ""))
            index = end
        index += 1
    return found


def dedent(lines):
    return textwrap.dedent("\n".join(lines)).strip("\n").split("\n")


def anchors_of(text):
    """The anchors that GitHub gives to a document's headings."""
    prose = "\n".join(without_blocks(text.split("\n")))
    anchors = set()
    for heading in re.findall(r"^#+ +(.+?)\s*$", prose, re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        anchors.add(name if name not in anchors else f"{name}-1")
    return anchors


def without_blocks(lines):
    prose = list(lines)
    for block in blocks_of(lines):
        for index in range(block.start - 1, min(block.start + len(block.lines) + 1, len(prose))):
            prose[index] = ""
    return prose


class Docs:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.violations = []
        self.documents = sorted(self.root.glob("*.md")) + sorted(self.root.glob("docs/**/*.md"))

    def complain(self, path, line, text):
        self.violations.append(f"{path.relative_to(self.root)}:{line}: {text}")

    def region(self, origin):
        """The numbers of the lines that a snippet shows, and all lines of its file."""
        path = self.root / origin["path"]
        if not path.is_file():
            raise Failure(f"there is no {origin['path']}")
        lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
        first, last = 0, len(lines) - 1
        if origin["name"]:
            marks = [i for i, line in enumerate(lines) if MARKER.match(line)]
            opening = [i for i in marks if lines[i].endswith(f"[docs:{origin['name']}]")]
            closing = [i for i in marks if lines[i].endswith(f"[/docs:{origin['name']}]")]
            if len(opening) != 1 or len(closing) != 1 or closing[0] < opening[0]:
                raise Failure(f"{origin['path']} has not exactly one region {origin['name']}")
            first, last = opening[0], closing[0]
        elif origin["first"] is not None:
            begins = [i for i, line in enumerate(lines) if line.strip().startswith(origin["first"])]
            if not begins:
                raise Failure(f"no line of {origin['path']} begins with {origin['first']!r}")
            first = begins[0]
            same_indent = re.match(r"\s*", lines[first])[0]
            ends = [i for i in range(first, len(lines)) if lines[i].startswith(same_indent + origin["last"])]
            if not ends:
                raise Failure(f"no line of {origin['path']} after {origin['first']!r}, and indented as it is, "
                              f"begins with {origin['last']!r}")
            last = ends[0]
        return [i for i in range(first, last + 1) if not MARKER.match(lines[i])], lines

    def check_snippets(self):
        for document in self.documents:
            text = document.read_text(encoding="utf-8")
            shown = {}
            for block in blocks_of(text.split("\n")):
                origin = SNIPPET.match(block.origin)
                if origin:
                    try:
                        numbers, lines = self.region(origin)
                    except Failure as failure:
                        self.complain(document, block.start - 1, str(failure))
                        continue
                    shown.setdefault(origin["path"], set()).update(numbers)
                    if dedent(block.lines) != dedent([lines[i] for i in numbers]):
                        self.complain(document, block.start, f"the snippet differs from {origin['path']}")
                elif SYNOPSIS.match(block.origin):
                    self.check_synopsis(document, block)
                elif block.language in NEEDS_ORIGIN:
                    self.complain(document, block.start, f"a block of {block.language} without its origin")
            self.check_complete(document, text, shown)

    def check_synopsis(self, document, block):
        code = ""
        for name in SYNOPSIS.match(block.origin)["paths"].split():
            path = self.root / name
            if not path.is_file():
                self.complain(document, block.start - 1, f"there is no {name}")
                return
            code += " " + squeeze(path.read_text(encoding="utf-8"))
        for number, line in enumerate(block.lines, block.start + 1):
            wanted = re.sub(r"( =| \{|;)*$", "", squeeze(line))
            if wanted and wanted not in code:
                self.complain(document, number, f"not in the header: {wanted}")

    def check_complete(self, document, text, shown):
        for number, line in enumerate(text.split("\n"), 1):
            complete = COMPLETE.match(line)
            for name in complete["paths"].split() if complete else []:
                path = self.root / name
                if not path.is_file():
                    self.complain(document, number, f"there is no {name}")
                    continue
                lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
                for i, content in enumerate(lines):
                    if content.strip() and i not in shown.get(name, ()) and not MARKER.match(content):
                        self.complain(document, number, f"{name}:{i + 1} is not shown: {content.strip()}")
                        break

    def check_links(self):
        for document in self.documents:
            lines = without_blocks(document.read_text(encoding="utf-8").split("\n"))
            for number, line in enumerate(lines, 1):
                for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                    if not re.match(r"^[a-z]+:", target):
                        self.check_link(document, number, target)

    def check_link(self, document, number, target):
        name, _, anchor = target.partition("#")
        path = (document.parent / name).resolve() if name else document
        if not path.exists() or not path.is_relative_to(self.root.resolve()):
            self.complain(document, number, f"dead link: {target}")
        elif anchor and path.suffix == ".md" and anchor not in anchors_of(path.read_text(encoding="utf-8")):
            self.complain(document, number, f"dead link, there is no such heading: {target}")

    def check_placeholders(self):
        """What was to be replaced by text later, like a line of nothing but FIGURES_OF_THIS."""
        for document in self.documents:
            lines = without_blocks(document.read_text(encoding="utf-8").split("\n"))
            for number, line in enumerate(lines, 1):
                if PLACEHOLDER.match(line):
                    self.complain(document, number, f"a placeholder is left: {line.strip()}")

    def check_example(self):
        """The README shows a whole program that is built."""
        readme = self.root / "README.md"
        origins = [SNIPPET.match(b.origin) for b in blocks_of(readme.read_text(encoding="utf-8").split("\n"))]
        if not any(o and o["path"].startswith("examples/") and not o["name"] and o["first"] is None for o in origins):
            self.complain(readme, 1, "no whole file of examples/ is shown")

    def check_reference(self):
        """Each public header has its page, which names its types; README.md tells which are not for use."""
        folder = self.root / "docs" / "reference"
        pages = {page.name: page.read_text(encoding="utf-8") for page in sorted(folder.glob("*.md"))}
        overview = pages.pop("README.md", "")
        text = "\n".join(pages.values())
        for header in sorted(self.root.glob("include/**/*.hpp")):
            name = header.relative_to(self.root / "include").as_posix()
            if f"`{name}`" not in text:
                if not any(f"`{name}`" in part for part in overview.split("\n\n") if not part.startswith("|")):
                    self.complain(header, 1, f"no page of docs/reference is about `{name}`")
                continue
            for number, type_name in public_types(header.read_text(encoding="utf-8")):
                if not re.search(rf"\b{type_name}\b", text):
                    self.complain(header, number, f"docs/reference does not mention {type_name}")

    def check_compiled(self):
        """What is shown of C++ is in a file that a build compiles: tests/docs takes all *_test.cpp."""
        for document in self.documents:
            for block in blocks_of(document.read_text(encoding="utf-8").split("\n")):
                origin = SNIPPET.match(block.origin)
                if origin and block.language == "cpp" and not COMPILED.match(origin["path"]):
                    self.complain(document, block.start - 1, f"no build compiles {origin['path']}")

    def write(self):
        for document in self.documents:
            lines = document.read_text(encoding="utf-8").split("\n")
            for block in reversed(blocks_of(lines)):
                origin = SNIPPET.match(block.origin)
                if not origin:
                    continue
                try:
                    numbers, source = self.region(origin)
                except Failure:
                    continue
                lines[block.start:block.start + len(block.lines)] = dedent([source[i] for i in numbers])
            document.write_text("\n".join(lines), encoding="utf-8")


def squeeze(code):
    """Code without comments, and without white space where it means nothing."""
    code = " ".join(re.sub(r"//.*", "", code).split())
    return re.sub(r" ?([(){}<>,=&*]) ?", r"\1", code)


def public_types(code):
    """(line number, name) of the types that a header defines outside of namespaces called detail."""
    found, in_detail = [], False
    for number, line in enumerate(code.split("\n"), 1):
        if re.match(r"namespace (\w+::)*detail \{", line):
            in_detail = True
        elif re.match(r"\}  // namespace (\w+::)*detail$", line):
            in_detail = False
        definition = re.match(r"(?:class|struct|enum class|concept) (?:\[\[\w+\]\] )?(\w+)(?: final)?(?: :.*| =.*| \{.*)?$", line)
        if definition and not in_detail:
            found.append((number, definition[1]))
    return found


CHECKS = [Docs.check_snippets, Docs.check_links, Docs.check_placeholders, Docs.check_example,
          Docs.check_reference, Docs.check_compiled]


def violations(root):
    docs = Docs(root)
    for check in CHECKS:
        check(docs)
    return docs.violations


def main(arguments):
    write = "--write" in arguments
    rest = [a for a in arguments if a != "--write"]
    root = rest[0] if rest else pathlib.Path(__file__).resolve().parents[2]
    if write:
        Docs(root).write()
    found = violations(root)
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
