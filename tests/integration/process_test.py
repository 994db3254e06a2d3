"""The chat as a program: its options, its errors, its signals."""

import os
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.request

from support.chat_client import User, chat_server, executable
from support.raw_client import RawClient
from support.server import Server

TIMEOUT = 20  # seconds


class ProcessTest(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(tempfile.TemporaryDirectory())
        self.database = os.path.join(self.directory, "chat.sqlite3")

    def run_chat(self, *arguments, database=None):
        return subprocess.run([executable("CHAT_SERVER"), "--database", database or self.database, *arguments],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT, check=False)

    def assertComplains(self, result, *words):
        self.assertGreater(result.returncode, 0)
        self.assertEqual(result.stdout, "")
        lines = result.stderr.splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertTrue(lines[0].startswith("chat: "), lines[0])
        for word in words:
            self.assertIn(word, lines[0])

    def test_a_free_port_is_picked_and_its_url_printed(self):
        with Server(executable("CHAT_SERVER"), "--database", self.database) as server:
            self.assertNotEqual(server.port, 0)
            self.assertEqual(server.stdout, f"Chat listening on http://127.0.0.1:{server.port}\n")
            with urllib.request.urlopen(server.url + "/healthz", timeout=TIMEOUT) as response:
                self.assertEqual(response.status, 200)
            self.assertEqual(server.stop(), 0)
        self.assertTrue(os.path.exists(self.database))

    def test_another_address_and_port_are_taken(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with Server(executable("CHAT_SERVER"), "--database", self.database, "--address", "::1", port=port) as server:
            self.assertEqual(server.url, f"http://[::1]:{port}")
            with urllib.request.urlopen(server.url + "/login", timeout=TIMEOUT) as response:
                self.assertIn(b"<html", response.read())

    def test_the_chat_started_twice_on_one_port_is_refused(self):
        with Server(executable("CHAT_SERVER"), "--database", self.database) as first:
            other = os.path.join(self.directory, "other.sqlite3")
            result = self.run_chat("--port", str(first.port), database=other)
            self.assertComplains(result, str(first.port), "taken")
            self.assertTrue(first.running())

    def test_version_and_help_succeed(self):
        version = self.run_chat("--version")
        self.assertEqual((version.returncode, version.stderr), (0, ""))
        self.assertRegex(version.stdout, r"^chat \d+\.\d+\.\d+\n$")
        asked = self.run_chat("--help")
        self.assertEqual((asked.returncode, asked.stderr), (0, ""))
        for option in ("--address", "--port", "--database", "--allowed-origin", "--trusted-proxy", "--threads", "--log-level", "--compression", "--version"):
            self.assertIn(option, asked.stdout)
        self.assertFalse(os.path.exists(self.database))

    def test_wrong_options_are_told_in_one_line(self):
        for arguments, word in ((["--colour", "red"], "--colour"), (["stray"], "stray"), (["--port", "65536"], "--port"),
                                (["--port", "-1"], "--port"), (["--port", "http"], "--port"),
                                (["--port"], "--port"), (["--log-level", "loud"], "--log-level"),
                                (["--threads", "many"], "--threads"), (["--address", "nowhere"], "nowhere"),
                                (["--address", "300.0.0.1"], "300.0.0.1")):
            with self.subTest(arguments):
                self.assertComplains(self.run_chat(*(["--port", "0"] if word != "--port" else []), *arguments), word)

    def test_an_origin_that_is_none_is_told(self):
        for origin in ("chat.example", "https://chat.example/path", "https://", "null", "ftp://chat.example"):
            with self.subTest(origin):
                self.assertComplains(self.run_chat("--port", "0", "--allowed-origin", origin), origin)

    def test_a_host_that_is_none_is_told(self):
        for host in ("https://chat.example", "chat.example/", "a*.example", "::1"):
            with self.subTest(host):
                self.assertComplains(self.run_chat("--port", "0", "--allowed-host", host), host)

    def test_only_allowed_hosts_are_answered(self):
        with chat_server("--allowed-host", "chat.example", "--allowed-host", "*.inner.example") as server:
            for host, status in (("chat.example", 200), ("a.inner.example:8000", 200), ("evil.example", 421)):
                with self.subTest(host), RawClient(server.host, server.port) as client:
                    client.request("GET", "/healthz", {"Host": host}).expect(status)

    def test_a_database_that_can_not_be_used_is_told(self):
        no_database = os.path.join(self.directory, "no.sqlite3")
        with open(no_database, "wb") as file:
            file.write(b"This is no database at all, but long enough to look like a file. " * 50)
        for path in (os.path.join(self.directory, "missing", "chat.sqlite3"), self.directory, no_database,
                     "/proc/chat.sqlite3"):
            with self.subTest(path):
                self.assertComplains(self.run_chat("--port", "0", database=path), path)

    def test_both_signals_stop_it_with_0_also_while_a_client_is_silent(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number), chat_server() as server, \
                    socket.create_connection((server.host, server.port)) as silent, \
                    socket.create_connection((server.host, server.port)) as half:
                half.sendall(b"GET / HTTP/1.1\r\nHost: ")
                User(server, "alice")
                server.send_signal(number)
                self.assertEqual(server.wait(), 0)
                try:
                    self.assertEqual(silent.recv(1), b"")
                except ConnectionResetError:
                    pass  # it was not yet accepted

    def test_passwords_and_cookies_are_not_in_the_log(self):
        with chat_server("--log-level", "trace") as server:
            user = User(server, "alice")
            user.create_room("Garden")
            server.stop()
            log = server.stderr + server.stdout
        self.assertIn("/api/register", log)
        self.assertNotIn(User.PASSWORD, log)
        self.assertNotIn(user.cookie.split("=")[1], log)

    def test_what_was_saved_is_there_after_a_restart(self):
        with Server(executable("CHAT_SERVER"), "--database", self.database) as server:
            alice = User(server, "alice")
            room = alice.create_room("Garden")
            self.assertEqual(server.stop(), 0)
        with Server(executable("CHAT_SERVER"), "--database", self.database) as server:
            alice.server = server
            self.assertEqual(alice.request("GET", "/api/me")[1], {"id": alice.account["id"], "username": "alice"})
            self.assertEqual([entry["id"] for entry in alice.request("GET", "/api/rooms")[1]], [room])


if __name__ == "__main__":
    unittest.main()
