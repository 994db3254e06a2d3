"""The documents agree with the sources; and the checker finds each kind of mistake in a planted tree."""
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_docs  # noqa: E402

ROOT = pathlib.Path(os.environ.get("CHANX_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
PROGRAM = "int main() {\n    return 0;\n}\n"
CLEAN_HEADER = "namespace chanx {\n%s\n}\n"
CLEAN = {
    "README.md": "# Title\n\n<!-- snippet: examples/a.cpp -->\n```cpp\n" + PROGRAM + "```\n",
    "examples/a.cpp": PROGRAM,
    "include/chanx/x.hpp": "namespace chanx {\n/// Doc.\nint half(int value,\n         int more = 1);  // why\n}\n",
    "docs/reference/x.md": "# X\n\n`chanx/x.hpp`\n",
}


class ThisTreeTest(unittest.TestCase):
    def check(self, check):
        docs = check_docs.Docs(ROOT)
        self.assertTrue(docs.documents)
        check(docs)
        self.assertEqual([], docs.violations, "\n" + "\n".join(docs.violations))


def _add_tests():
    for check in check_docs.CHECKS:
        setattr(ThisTreeTest, f"test_{check.__name__}", lambda self, check=check: self.check(check))


_add_tests()


class CheckerTest(unittest.TestCase):
    def tree(self, changes, use):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**CLEAN, **changes}.items():
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return use(folder)

    def found(self, changes):
        return self.tree(changes, check_docs.violations)

    def assert_finds(self, where, what, changes):
        found = self.found(changes)
        self.assertEqual(1, len(found), found)
        self.assertTrue(found[0].startswith(where + ":"), found)
        self.assertIn(what, found[0])

    def test_a_clean_tree_has_no_violation(self):
        self.assertEqual([], self.found({}))
        self.assertEqual([], self.found({
            "docs/a.md": "# A b, `c`\n\n[x](../README.md#title) [y](#a-b-c) [z](https://example.org/no)\n"
                         "`[no](link)`\n```text\n[no](link)\n```\n",
        }))

    def test_an_example_that_differs_from_its_file_is_found(self):
        self.assert_finds("README.md:4", "differs from examples/a.cpp", {"examples/a.cpp": "int main() {}\n"})

    def test_a_readme_without_a_program_is_found(self):
        self.assert_finds("README.md:1", "no whole file", {"README.md": "# Title\n"})

    def test_a_snippet_of_a_missing_file_is_found(self):
        self.assert_finds("docs/a.md:1", "there is no examples/no.cpp",
                          {"docs/a.md": "<!-- snippet: examples/no.cpp -->\n```cpp\nint x;\n```\n"})

    def region(self, document, source):
        return {"docs/a.md": document, "examples/s.cpp": source}

    def test_a_marked_region_is_compared(self):
        source = "int a;\n    // [docs:one]\n    int b;\n    // [/docs:one]\nint c;\n"
        document = "<!-- snippet: examples/s.cpp#one -->\n```cpp\nint b;\n```\n"
        self.assertEqual([], self.found(self.region(document, source)))
        self.assert_finds("docs/a.md:2", "differs", self.region(document.replace("b", "x"), source))
        self.assert_finds("docs/a.md:1", "exactly one region two", self.region(document.replace("#one", "#two"), source))

    def test_a_range_of_lines_is_compared(self):
        source = "int a;\nvoid f() {\n    if (x) {\n    }\n}\nvoid g();\n"
        document = '<!-- snippet: examples/s.cpp "void f" .. "}" -->\n```cpp\nvoid f() {\n    if (x) {\n    }\n}\n```\n'
        self.assertEqual([], self.found(self.region(document, source)))
        self.assert_finds("docs/a.md:2", "differs", self.region(document, source.replace("(x)", "(y)")))
        self.assert_finds("docs/a.md:1", "begins with 'void h'", self.region(document.replace('"void f"', '"void h"'), source))

    def test_code_without_an_origin_is_found(self):
        self.assert_finds("docs/a.md:1", "block of cpp without", {"docs/a.md": "```cpp\nint x;\n```\n"})

    def test_a_file_that_is_not_shown_whole_is_found(self):
        source = "int a;\n\nint b;\n"
        document = '<!-- complete: examples/s.cpp -->\n<!-- snippet: examples/s.cpp "int a" .. "int a" -->\n```cpp\nint a;\n```\n'
        self.assert_finds("docs/a.md:1", "examples/s.cpp:3 is not shown: int b;", self.region(document, source))
        self.assertEqual([], self.found(self.region(document, "int a;\n\n")))

    def test_a_declaration_that_no_header_has_is_found(self):
        synopsis = "<!-- synopsis: include/chanx/x.hpp -->\n```cpp\n%s\n```\n"
        self.assertEqual([], self.found({"docs/a.md": synopsis % "int half(int value, int more = 1);  // words"}))
        self.assert_finds("docs/a.md:3", "int half(long value", {"docs/a.md": synopsis % "int half(long value);"})

    def test_a_dead_link_is_found(self):
        self.assert_finds("docs/a.md:1", "dead link: no.md", {"docs/a.md": "[x](no.md)\n"})
        self.assert_finds("docs/a.md:1", "dead link: no.png", {"docs/a.md": "![x](no.png)\n"})
        self.assert_finds("docs/a.md:1", "dead link: ../../x.md", {"docs/a.md": "[x](../../x.md)\n"})
        self.assert_finds("docs/a.md:1", "no such heading", {"docs/a.md": "[x](../README.md#titles)\n"})

    def test_a_placeholder_that_was_left_is_found(self):
        for line in ("SOME_FIGURES", "FIGURES_", "  RESULTS_HERE "):
            with self.subTest(line):
                self.assert_finds("docs/a.md:3", "a placeholder is left", {"docs/a.md": f"# A\n\n{line}\n"})
        for line in ("SHORT_X", "SOME_FIGURES follow", "`SOME_FIGURES`", "```\nSOME_FIGURES\n```", "FIGURES_9"):
            with self.subTest(line):
                self.assertEqual([], self.found({"docs/a.md": f"# A\n\n{line}\n"}))

    def test_a_header_that_the_reference_lacks_is_found(self):
        self.assert_finds("include/chanx/y.hpp:1", "no page", {"include/chanx/y.hpp": "int y();\n"})
        # The table of the overview is no page; what stands below it is not for use.
        overview = {"include/chanx/y.hpp": "struct Y {};\n", "docs/reference/README.md": "# R\n\n| [x](x.md) | `chanx/y.hpp` |\n"}
        self.assert_finds("include/chanx/y.hpp:1", "no page", overview)
        overview["docs/reference/README.md"] = "# R\n\nNot for use: `chanx/y.hpp`.\n"
        self.assertEqual([], self.found(overview))

    def test_a_public_type_that_the_reference_lacks_is_found(self):
        for line in ("class Y final : public X {", "struct Y {", "struct Y {};", "concept Y = true;",
                     "class [[nodiscard]] Y {", "enum class Y : int { a };"):
            with self.subTest(line):
                self.assert_finds("include/chanx/x.hpp:2", "does not mention Y", {"include/chanx/x.hpp": CLEAN_HEADER % line})
        for line in ("struct Y;", "    struct Y {", "namespace detail {\nstruct Y {};\n}  // namespace detail"):
            with self.subTest(line):
                self.assertEqual([], self.found({"include/chanx/x.hpp": CLEAN_HEADER % line}))

    def test_a_snippet_that_is_not_compiled_is_found(self):
        document = "<!-- snippet: %s -->\n```cpp\nint x;\n```\n"
        for path in ("src/x.cpp", "tests/docs/x.cpp"):
            self.assert_finds("docs/a.md:1", f"no build compiles {path}", {"docs/a.md": document % path, path: "int x;\n"})
        path = "tests/docs/x_test.cpp"
        self.assertEqual([], self.found({"docs/a.md": document % path, path: "int x;\n"}))

    def test_snippets_can_be_written_anew(self):
        def write(folder):
            check_docs.Docs(folder).write()
            return check_docs.violations(folder)
        self.assertEqual([], self.tree({"examples/a.cpp": "int main() {}\n"}, write))


if __name__ == "__main__":
    unittest.main()
