"""This source tree keeps to its layers; and the checker finds each kind of mistake in a planted tree."""
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_layers  # noqa: E402

ROOT = pathlib.Path(os.environ.get("CHANX_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))


class ThisTreeTest(unittest.TestCase):
    def test_the_tree_has_sources(self):
        self.assertTrue(check_layers.Tree(ROOT).sources("include"))
        self.assertTrue(check_layers.Tree(ROOT).sources("src"))

    def check(self, check):
        tree = check_layers.Tree(ROOT)
        check(tree)
        self.assertEqual([], tree.violations, "\n" + "\n".join(tree.violations))


def _add_tests():
    for check in check_layers.CHECKS:
        setattr(ThisTreeTest, f"test_{check.__name__}", lambda self, check=check: self.check(check))


_add_tests()


class CheckerTest(unittest.TestCase):
    def found(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.suffix == ".hpp" and name.startswith("include/"):
                    text = "#pragma once\n" + text
                path.write_text(text, encoding="utf-8")
            return check_layers.violations(folder)

    def assert_finds(self, path, what, files):
        found = self.found(files)
        self.assertEqual(1, len(found), found)
        self.assertTrue(found[0].startswith(path + ":"), found)
        self.assertIn(what, found[0])

    def test_a_clean_tree_has_no_violation(self):
        self.assertEqual([], self.found({
            "include/chanx/error.hpp": "#include <string>\n",
            "include/chanx/json/encode.hpp": "#include <chanx/error.hpp>\n",
            "include/chanx/message/message.hpp": "#include <chanx/json/encode.hpp>\n",
            "include/chanx/chanx.hpp": "#include <chanx/message/message.hpp>\n",
            "src/json/writer.hpp": "#include <chanx/json/encode.hpp>\n",
            "src/json/encode.cpp": '#include <chanx/json/encode.hpp>\n#include "json/writer.hpp"\n#include <fmt/core.h>\n',
            "src/server/listener.cpp": "#include <boost/beast/core.hpp>\n",
            "examples/chat/rooms.hpp": "#include <chanx/chanx.hpp>\n",
            "examples/chat/pages/page.cpp": '#include "rooms.hpp"\n#include "chat/rooms.hpp"\n#include <chat/rooms.hpp>\n',
            "tests/unit/json/encode_test.cpp": '#include <chanx/json/encode.hpp>\n#include "support/catch.hpp"\n',
            "tests/unit/json/writer_test.cpp": '#include "json/writer.hpp"\n',
        }))

    def test_an_arrow_upward(self):
        self.assert_finds("include/chanx/json/decode.hpp", "json must not know message", {
            "include/chanx/message/message.hpp": "",
            "include/chanx/json/decode.hpp": "#include <chanx/message/message.hpp>\n"})

    def test_an_arrow_upward_out_of_base(self):
        self.assert_finds("include/chanx/error.hpp", "base must not know json", {
            "include/chanx/json/decode.hpp": "", "include/chanx/error.hpp": "#include <chanx/json/decode.hpp>\n"})

    def test_an_arrow_upward_between_private_files(self):
        self.assert_finds("src/layer/member.cpp", "layer must not know consumer", {
            "src/consumer/session.hpp": "", "src/layer/member.cpp": '#include "../consumer/session.hpp"\n'})

    def test_the_server_and_testing_do_not_know_each_other(self):
        self.assert_finds("src/testing/pump.cpp", "testing must not know server", {
            "src/server/server.hpp": "", "src/testing/pump.cpp": '#include "server/server.hpp"\n'})

    def test_an_unknown_module(self):
        self.assert_finds("src/misc/x.cpp", "the module misc is unknown", {"src/misc/x.cpp": ""})

    def test_the_library_does_not_include_everything(self):
        self.assert_finds("src/app/application.cpp", "which is for applications", {
            "include/chanx/chanx.hpp": "", "src/app/application.cpp": "#include <chanx/chanx.hpp>\n"})

    def test_a_header_that_is_not_there(self):
        self.assert_finds("src/json/a.cpp", "not there", {"src/json/a.cpp": '#include "json/gone.hpp"\n'})

    def test_a_public_header_with_a_private_include(self):
        self.assert_finds("include/chanx/json/a.hpp", "not installed", {
            "src/json/b.hpp": "", "include/chanx/json/a.hpp": '#include "json/b.hpp"\n'})

    def test_beast_outside_the_server(self):
        self.assert_finds("src/consumer/session.cpp", "Beast is for", {
            "src/consumer/session.cpp": "#include <boost/beast/core/flat_buffer.hpp>\n"})

    def test_beast_in_a_public_header(self):
        self.assert_finds("include/chanx/server/server.hpp", "Beast is for", {
            "include/chanx/server/server.hpp": "#  include <boost/beast/http.hpp>\n"})

    def test_beast_in_an_example(self):
        self.assertEqual([], self.found({"examples/03_embed_in_beast.cpp": "#include <boost/beast/http.hpp>\n"}))
        self.assert_finds("examples/04_other.cpp", "Beast is for", {
            "examples/04_other.cpp": "#include <boost/beast/http.hpp>\n"})

    def test_too_many_units_with_beast(self):
        files = {f"src/server/unit{n}.cpp": '#include "server/stream.hpp"\n' for n in range(5)}
        self.assert_finds("src", "5 units see Beast", files | {
            "src/server/stream.hpp": "#include <boost/beast/core.hpp>\n"})

    def test_costly_public_headers(self):
        for name in ("spdlog/spdlog.h", "fmt/core.h", "boost/asio/co_spawn.hpp", "boost/json.hpp"):
            with self.subTest(name):
                self.assert_finds("include/chanx/a.hpp", name, {"include/chanx/a.hpp": f"#include <{name}>\n"})

    def test_a_public_header_without_guard(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "include/chanx/a.hpp"
            path.parent.mkdir(parents=True)
            path.write_text("", encoding="utf-8")
            self.assertEqual(["include/chanx/a.hpp: lacks #pragma once"], check_layers.violations(folder))

    def test_macros_of_public_headers(self):
        self.assert_finds("include/chanx/a.hpp", "the macro TEA", {"include/chanx/a.hpp": "#ifndef TEA\n# define TEA 1\n#endif\n"})
        self.assert_finds("include/chanx/a.hpp", "the macro NDEBUG", {"include/chanx/a.hpp": "#undef NDEBUG\n"})
        self.assert_finds("include/chanx/a.hpp", "CHANX_OWN_ behind", {"include/chanx/a.hpp": "#define CHANX_OWN_(x) x\n"})
        self.assertEqual([], self.found({
            "include/chanx/a.hpp": "#define CHANX_OWN_(x) x\n#undef CHANX_OWN_\n#define CHANX_VERSION 1\n/*\n#define TEA\n*/\n",
            "src/a.cpp": "#define TEA\n"}))

    def test_an_example_that_looks_inside(self):
        self.assert_finds("examples/chat/main.cpp", "public headers only", {
            "src/consumer/session.hpp": "",
            "examples/chat/main.cpp": '#include "../../src/consumer/session.hpp"\n'})

    def test_an_example_that_uses_another(self):
        self.assert_finds("examples/echo.cpp", "another example's", {
            "examples/chat/rooms.hpp": "", "examples/echo.cpp": '#include "chat/rooms.hpp"\n'})

    def test_an_example_that_includes_what_is_not_there(self):
        self.assert_finds("examples/echo.cpp", "not there", {"examples/echo.cpp": "#include <chanx/gone.hpp>\n"})

    def test_a_unit_test_of_an_example(self):
        self.assert_finds("tests/unit/chat/rooms_test.cpp", '"chat/rooms.hpp"', {
            "examples/chat/rooms.hpp": "", "tests/unit/chat/rooms_test.cpp": "#include <string>\n"})

    def test_a_unit_test_that_includes_something_else_first(self):
        self.assert_finds("tests/unit/json/decode_test.cpp", "<chanx/json/decode.hpp>", {
            "include/chanx/json/decode.hpp": "",
            "tests/unit/json/decode_test.cpp": "#include <string>\n#include <chanx/json/decode.hpp>\n"})

    def test_a_long_file(self):
        self.assert_finds("src/json/a.cpp", "401 lines", {"src/json/a.cpp": "\n" * 401})
        self.assertEqual([], self.found({"src/json/a.cpp": "\n" * 400}))


if __name__ == "__main__":
    unittest.main()
