"""What a user's file and the public headers really pull in, as the compiler lists it."""
import json
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(os.environ["CHANX_SOURCE_DIR"])
COMPILER = [os.environ["CHANX_COMPILER"], *shlex.split(os.environ["CHANX_FLAGS"])]
COMMANDS = pathlib.Path(os.environ["CHANX_BUILD_DIR"]) / "compile_commands.json"
BEAST_HEADER = ROOT / "include/chanx/server/beast.hpp"
ASIO_HEADER = ROOT / "include/chanx/asio.hpp"

BEAST = re.compile(r"/boost/beast(/|\.hpp)")
COSTLY = re.compile(r"/spdlog/|/fmt/|/boost/asio/co_spawn\.hpp$|/boost/asio\.hpp$|/boost/json\.hpp$")


def dependencies(command):
    """Every file that the compile reads; the compiler only preprocesses for it."""
    done = subprocess.run([*command, "-M", "-MT", "x"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{shlex.join(command)}\n{done.stderr}")
    # A make rule: a space in a path is escaped as a shell would have it.
    return shlex.split(done.stdout.replace("\\\n", " "))[1:]


def compile_command(source):
    """The arguments with which the build compiles `source`, without the output; None if it does not."""
    if not COMMANDS.exists():
        return None
    for entry in json.loads(COMMANDS.read_text(encoding="utf-8")):
        if pathlib.Path(entry["file"]) == source:
            words = shlex.split(entry["command"])
            output = words.index("-o")
            del words[output:output + 2]
            words.remove("-c")
            return words[1:] if pathlib.Path(words[0]).name == "ccache" else words
    return None


def dependencies_of_text(text):
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "source.cpp"
        source.write_text(text, encoding="utf-8")
        return dependencies([*COMPILER, str(source)])


class DependenciesTest(unittest.TestCase):
    def test_a_file_with_beast_is_recognised(self):
        found = dependencies_of_text("#include <boost/beast/core/error.hpp>\n")
        self.assertTrue(any(BEAST.search(path) for path in found))

    def test_a_consumer_compiles_without_beast(self):
        source = ROOT / "examples/chat/consumer.cpp"
        command = compile_command(source) if source.exists() else None
        if command is None:
            source = ROOT / "tests/architecture/consumer.cpp"
            command = [*COMPILER, str(source)]
        found = dependencies(command)
        self.assertIn(str(source), found)
        self.assertEqual([], [path for path in found if BEAST.search(path)])

    def test_public_headers_pull_in_neither_beast_nor_what_is_costly(self):
        headers = sorted(path for path in (ROOT / "include/chanx").rglob("*.hpp") if path not in (BEAST_HEADER, ASIO_HEADER))
        self.assertTrue(headers)

        def banned(these):
            found = dependencies_of_text("".join(f"#include <{path.relative_to(ROOT / 'include')}>\n" for path in these))
            return sorted(path for path in found if BEAST.search(path) or COSTLY.search(path))

        if banned(headers):
            guilty = {str(path.relative_to(ROOT)): banned([path])[:3] for path in headers}
            self.fail("\n" + "\n".join(f"{path} pulls in {files}" for path, files in guilty.items() if files))


if __name__ == "__main__":
    unittest.main()
