"""Every file with tests belongs to a test of CTest; with --check-modules, every test case does."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(os.environ.get("CHANX_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BUILD = os.environ.get("CHANX_BUILD_DIR")
TESTS = ROOT / "tests"


def folders_of(program):
    """The modules of a program of tests."""
    paths = [path.relative_to(TESTS / program).parts for path in (TESTS / program).rglob("*_test.cpp")]
    return {parts[0] if len(parts) > 1 else "base" for parts in paths}


def files_of(folder, ending):
    return {path.name.removesuffix(ending) for path in (TESTS / folder).glob("*" + ending)}


class FilesTest(unittest.TestCase):
    def files_with(self, pattern, *globs):
        return [path for glob in globs for path in sorted(TESTS.glob(glob))
                if re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)]

    def test_files_with_test_cases_are_named_as_such(self):
        cpp = self.files_with(r"^\s*TEST_CASE(_METHOD)?\(", "unit/**/*.?pp", "threaded/**/*.?pp", "docs/*.?pp")
        self.assertGreater(len(cpp), 100)
        self.assertEqual([], [str(path) for path in cpp if not path.name.endswith("_test.cpp")])
        python = self.files_with(r"unittest\.TestCase", "integration/**/*.py", "architecture/**/*.py", "docs/**/*.py")
        self.assertGreater(len(python), 5)
        named = [path for path in python if path.name.endswith("_test.py") and path.parent.parent == TESTS]
        bases = [path for path in python if path.parent.name == "support"]
        self.assertEqual([], [str(path) for path in python if path not in named + bases])
        script = self.files_with(r"^test\(", "browser/*.*js", "browser/support/*.*js")
        self.assertGreater(len(script), 3)
        self.assertEqual([], [str(path) for path in script if not path.name.endswith(".test.mjs")])


    def test_every_example_is_run_by_a_test(self):
        examples = {path.stem for path in (ROOT / "examples").glob("*.cpp")}
        examples |= {path.parent.name for path in (ROOT / "examples").glob("*/main.cpp")}
        self.assertLessEqual({"readme", "01_echo", "chat"}, examples)
        listing = (TESTS / "integration" / "CMakeLists.txt").read_text(encoding="utf-8")
        programs = {target: variable for variable, target in re.findall(r"^    ([A-Z]+_[A-Z]+) (\w+)\)?$", listing,
                                                                        re.MULTILINE)}
        self.assertLessEqual(examples, set(programs))
        tests = "".join(path.read_text(encoding="utf-8") for path in (TESTS / "integration").glob("**/*.py"))
        self.assertEqual([], [target for target, variable in programs.items() if f'"{variable}"' not in tests])


@unittest.skipUnless(BUILD, "needs CHANX_BUILD_DIR")
class ListingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ctest = os.environ.get("CHANX_CTEST", "ctest")
        listing = subprocess.run([ctest, "--test-dir", BUILD, "--show-only=json-v1"], capture_output=True, text=True,
                                 check=True)
        cls.tests = {}
        for test in json.loads(listing.stdout)["tests"]:
            labels = [p["value"] for p in test["properties"] if p["name"] == "LABELS"]
            cls.tests[test["name"]] = labels[0] if labels else []

    def listed(self, group):
        return {name.removeprefix(group + ".") for name in self.tests if name.startswith(group + ".")}

    def check(self, group, expected):
        self.assertTrue(expected)
        self.assertEqual(set(), expected - self.listed(group))

    def test_unit_tests_are_listed_by_folder(self):
        self.check("unit", folders_of("unit") - (set() if self.has_chat() else {"chat"}))

    def has_chat(self):
        return (pathlib.Path(BUILD) / "examples" / "chat").is_dir()

    def test_compile_fail_tests_are_listed_by_kind(self):
        self.check("compile_fail", {name.partition("_")[0] for name in files_of("compile_fail", ".cpp")})

    def test_threaded_tests_are_listed_by_folder_where_they_are_run(self):
        if self.listed("threads"):
            self.check("threads", folders_of("threaded"))
        else:
            cache = (pathlib.Path(BUILD) / "CMakeCache.txt").read_text(encoding="utf-8")
            self.assertNotRegex(cache, r"CHANX_SANITIZE:\w+=.*thread")

    def test_tests_of_programs_are_listed_by_file(self):
        if not self.has_chat():
            self.skipTest("the chat is not built")
        self.check("integration", files_of("integration", "_test.py"))
        if shutil.which("node"):
            self.check("browser", files_of("browser", ".test.mjs"))

    def test_the_other_python_tests_are_listed_by_file(self):
        for group in ("architecture", "docs"):
            self.check(group, files_of(group, "_test.py"))

    def test_every_test_has_its_stage_as_a_label(self):
        stages = {"unit", "integration", "browser", "package", "threads", "redis"}
        self.assertEqual([], [name for name, labels in self.tests.items() if not stages & set(labels)])


if __name__ == "__main__":
    unittest.main()
