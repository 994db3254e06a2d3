"""The chat over TLS: its options, its cookies, and its conversation."""

import os
import subprocess
import tempfile
import unittest

import websockets

from support.certificates import Certificates
from support.chat_client import AsyncTestCase, User, chat_server, executable
from support.tls_client import TlsClient, context_for


class ChatOverTlsTest(AsyncTestCase):
    @classmethod
    def setUpClass(cls):
        files = cls.enterClassContext(Certificates())
        authority = files.authority("root")
        pair = authority.issue_server("server")
        cls.server = cls.enterClassContext(
            chat_server("--threads", "2", "--tls-certificate", pair.certificate, "--tls-key", pair.key))
        cls.server.tls = context_for(authority)
        cls.alice = User(cls.server, "alice")
        cls.bob = User(cls.server, "bob")
        cls.room = cls.alice.create_room("Garden")
        cls.bob.join(cls.room)

    async def test_a_conversation_is_in_order(self):
        self.assertEqual(self.server.url, f"https://127.0.0.1:{self.server.port}")
        async with self.alice.enter(self.room) as alice, self.bob.enter(self.room) as bob:
            sent = [f"{name} {i}" for i in range(30) for name in ("alice", "bob")]
            seen = []
            for text in sent:
                own = await (alice if text.startswith("alice") else bob).say(text)
                seen += [frame["payload"] for frame in own if frame["action"] == "chat"]
            self.assertEqual(sorted(set(seen)), sorted(sent))
        self.assertEqual([message["message"] for message in self.alice.messages(self.room)], sent)

    async def test_the_session_cookie_is_secure(self):
        status, _, headers = self.alice.request("POST", "/api/login", {"username": "alice", "password": User.PASSWORD})
        self.assertEqual(status, 200)
        attributes = [part.strip() for part in headers["Set-Cookie"].split(";")]
        self.assertIn("Secure", attributes)
        self.assertIn("HttpOnly", attributes)
        with chat_server() as plain:
            _, _, headers = User(plain, "carol").request("POST", "/api/login",
                                                         {"username": "carol", "password": User.PASSWORD})
            self.assertNotIn("Secure", headers["Set-Cookie"])

    async def test_its_own_origins_are_https(self):
        for origin, status in ((f"https://127.0.0.1:{self.server.port}", 101),
                               (f"https://localhost:{self.server.port}", 101),
                               (f"http://127.0.0.1:{self.server.port}", 403)):
            with self.subTest(origin), TlsClient(self.server, self.server.tls) as client:
                client.upgrade(f"/ws/chat/{self.room}/", {"Origin": origin}).expect(status)

    async def test_many_connections_hear_a_message(self):
        readers = [self.bob.open(self.room) for _ in range(40)]
        for reader in readers:
            await reader.__aenter__()
        async with self.alice.enter(self.room) as alice:
            await alice.say("to all")
            for reader in readers:
                while (frame := await reader.read_until("chat"))["payload"] != "to all":
                    pass
        for reader in readers:
            await reader.__aexit__()

    async def test_a_client_that_does_not_trust_it_leaves(self):
        with self.assertRaises(Exception):
            await websockets.connect(f"wss://127.0.0.1:{self.server.port}/ws/chat/1/")


class OptionsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = cls.enterClassContext(Certificates())
        cls.authority = cls.files.authority("root")
        cls.pair = cls.authority.issue_server("server")

    def complaint(self, *arguments):
        with tempfile.TemporaryDirectory() as directory:
            result = subprocess.run([executable("CHAT_SERVER"), "--port", "0", "--database",
                                     os.path.join(directory, "chat.sqlite3"), *arguments],
                                    stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
        self.assertGreater(result.returncode, 0)
        self.assertEqual(result.stdout, "")
        lines = [line for line in result.stderr.splitlines() if "level=" not in line]
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertTrue(lines[0].startswith("chat: "), lines[0])
        return lines[0]

    def test_a_certificate_and_a_key_come_together(self):
        self.assertIn("--tls-key", self.complaint("--tls-certificate", self.pair.certificate))
        self.assertIn("--tls-certificate", self.complaint("--tls-key", self.pair.key))
        self.assertIn("--tls-certificate", self.complaint("--tls-client-ca", self.authority.certificate))

    def test_files_that_can_not_be_used_are_named(self):
        missing = os.path.join(self.files.path, "missing.pem")
        line = self.complaint("--tls-certificate", missing, "--tls-key", self.pair.key)
        self.assertIn(missing, line)
        self.assertIn("does not exist", line)
        self.assertIn("does not exist", self.complaint("--tls-certificate", "", "--tls-key", ""))
        other = self.authority.issue_server("other")
        line = self.complaint("--tls-certificate", self.pair.certificate, "--tls-key", other.key)
        self.assertIn("does not match", line)
        self.assertIn(other.key, line)
        self.assertIn(self.pair.certificate, line)
        line = self.complaint("--tls-certificate", self.pair.certificate, "--tls-key", self.pair.key,
                              "--tls-client-ca", self.pair.key)
        self.assertIn(self.pair.key, line)


if __name__ == "__main__":
    unittest.main()
