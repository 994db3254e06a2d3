#!/usr/bin/env python3
"""The runner beside this must notice what it is there for: run it over files of each kind.

    self_test.py COMPILER
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
COMPILER = sys.argv.pop() if len(sys.argv) > 1 else "c++"
REFUSED = 'static_assert(sizeof(int) == 0, "chanx: int has no room");\n'


class RunnerTest(unittest.TestCase):
    def run_over(self, **files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                (pathlib.Path(folder) / f"{name}.cpp").write_text(text, encoding="utf-8")
            done = subprocess.run([sys.executable, str(HERE / "run.py"), "--compiler", COMPILER, "--folder", folder,
                                   "--", "-std=c++20"], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_a_refusal_with_the_expected_text_passes(self):
        code, output = self.run_over(bad="// EXPECT: chanx: int has no room\n" + REFUSED, ok_bad="int main() {}\n")
        self.assertEqual(code, 0, output)
        self.assertIn("2 passed, 0 failed", output)

    def test_a_refusal_for_another_reason_fails(self):
        code, output = self.run_over(bad="// EXPECT: chanx: char has no room\n" + REFUSED)
        self.assertEqual(code, 1, output)
        self.assertIn("without the text: chanx: char has no room", output)

    def test_a_refusal_whose_text_is_not_with_the_first_error_fails(self):
        code, output = self.run_over(bad="// EXPECT: chanx: int has no room\nint x = undefined;\n" + REFUSED)
        self.assertEqual(code, 1, output)
        self.assertIn("is refused, but not first for: chanx: int has no room", output)

    def test_further_errors_after_the_expected_one_pass(self):
        code, output = self.run_over(bad="// EXPECT: chanx: int has no room\n" + REFUSED + "int x = undefined;\n")
        self.assertEqual(code, 0, output)

    def test_a_file_that_compiles_fails(self):
        code, output = self.run_over(bad="// EXPECT: chanx: int has no room\nint main() {}\n")
        self.assertEqual(code, 1, output)
        self.assertIn("compiles, though it must not", output)

    def test_the_text_quoted_from_the_file_itself_does_not_count(self):
        code, output = self.run_over(bad="// EXPECT: chanx: wanted\nint x = undefined;  // chanx: wanted\n")
        self.assertEqual(code, 1, output)

    def test_a_file_that_expects_nothing_fails(self):
        code, output = self.run_over(bad=REFUSED)
        self.assertEqual(code, 1, output)
        self.assertIn("must begin with // EXPECT:", output)

    def test_a_control_that_does_not_compile_fails(self):
        code, output = self.run_over(ok_bad=REFUSED)
        self.assertEqual(code, 1, output)
        self.assertIn("does not compile", output)

    def test_an_empty_folder_fails(self):
        code, output = self.run_over()
        self.assertEqual(code, 1, output)
        self.assertIn("no files", output)


if __name__ == "__main__":
    unittest.main()
