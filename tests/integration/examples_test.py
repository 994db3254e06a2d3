"""The examples that no other file here is about: what README.md shows, and the noticeboard."""

import socket
import subprocess
import time
import unittest

from support.chat_client import executable
from support.raw_client import RawClient
from support.server import Server


class NoticeboardTest(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server(executable("BOARD_SERVER")))

    def enter(self, board):
        client = self.enterContext(RawClient(self.server.host, self.server.port))
        client.upgrade(f"/board/{board}/").expect(101)
        self.assertEqual(client.read_json()["payload"]["status_code"], 200)
        return client

    def test_what_is_posted_is_seen_on_the_same_board_only(self):
        author, reader, elsewhere = self.enter("garden"), self.enter("garden"), self.enter("kitchen")
        author.send_json({"action": "post", "text": "  Tea at five "})
        posted = {"action": "posted", "text": "Tea at five", "number": 1}
        self.assertEqual(author.read_json(), posted | {"is_mine": True, "is_current": True})
        self.assertEqual(reader.read_json(), posted | {"is_mine": False, "is_current": False})
        # Boards share a counter, and nothing else.
        elsewhere.send_json({"action": "post", "text": "Soup"})
        self.assertEqual(elsewhere.read_json(), {"action": "posted", "text": "Soup", "number": 2,
                                                 "is_mine": True, "is_current": True})
        reader.send_json({"action": "ping"})
        self.assertEqual(reader.read_json()["action"], "pong")

    def test_an_empty_post_is_refused_and_the_connection_stays(self):
        client = self.enter("garden")
        client.send_json({"action": "post", "text": "   "})
        error = client.read_json()
        self.assertEqual((error["action"], error["payload"][0]["type"]), ("error", "string_too_short"))
        self.assertEqual(error["payload"][0]["loc"], ["post", "text"])
        client.send_json({"action": "ping"})
        self.assertEqual(client.read_json()["action"], "pong")

    def test_sigterm_ends_it_in_order(self):
        client = self.enter("garden")
        self.server.send_signal(15)
        client.expect_close(1001)
        client.close()  # or the server would wait for that a while
        self.assertEqual(self.server.wait(), 0)


class ReadmeTest(unittest.TestCase):
    PORT = 8001  # the program's own

    def start(self):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.PORT))
            except OSError:
                self.skipTest(f"port {self.PORT} is another program's")
        process = subprocess.Popen([executable("README_PROGRAM")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.terminate)
        deadline = time.monotonic() + 20
        while True:
            self.assertIsNone(process.poll(), "the program ended")
            try:
                socket.create_connection(("127.0.0.1", self.PORT)).close()
                return process
            except ConnectionRefusedError:
                self.assertLess(time.monotonic(), deadline, "the program does not listen")
                time.sleep(0.02)  # between two looks at the condition

    def test_the_program_of_the_readme_works_as_it_says(self):
        process = self.start()
        rooms = [RawClient("127.0.0.1", self.PORT) for _ in range(2)]
        for client in rooms:
            self.enterContext(client)
            client.upgrade("/ws/tea/").expect(101)
            self.assertEqual(client.read_json()["payload"]["status_code"], 200)
        rooms[0].send_json({"action": "say", "payload": "hello"})
        for client in rooms:
            own = client is rooms[0]
            self.assertEqual(client.read_json(),
                             {"action": "said", "payload": "hello", "is_mine": own, "is_current": own})
        for client in rooms:
            client.close()
        process.terminate()
        output, _ = process.communicate(timeout=20)
        self.assertEqual(output, f"ws://127.0.0.1:{self.PORT}/ws/tea/\n")
        self.assertEqual(process.returncode, 0)


if __name__ == "__main__":
    unittest.main()
