"""Many connections opened and closed leave the server as it was."""

import concurrent.futures
import os
import time
import unittest

from support.chat_client import User, chat_server
from support.raw_client import OPCODE_CLOSE, RawClient
from support.server import measured_environment

CONNECTIONS = 1000
WARM_UP = 300
MAX_GROWTH = 24 << 20  # bytes


def resident_bytes(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class ChurnTest(unittest.TestCase):
    def visit(self, number):
        with RawClient(self.server.host, self.server.port) as client:
            kind = number % 10
            if kind == 0:
                return client.send_bytes(b"GET /ws/chat/1/ HTTP/1.1\r\nHost: a\r\n")
            cookie = None if kind == 1 else self.users[number % 2].cookie
            client.upgrade(f"/ws/chat/{self.room}/", {"Cookie": cookie}).expect(101)
            if kind == 1:
                return client.expect_close(4401)
            if kind == 2:
                return client.reset()
            client.read_until_action("complete")
            if kind == 3:
                return client.reset()
            if kind == 4:
                return client.send_frame(0x5, b"")
            if kind == 5:
                return None
            if kind == 6:
                client.send_json({"action": "chat", "payload": f"visit {number}"})
                return client.read_until_action("chat")
            client.send_close()
            while client.read_frame().opcode != OPCODE_CLOSE:
                pass
            return client.expect_end()

    def visit_often(self, count):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for _ in pool.map(self.visit, range(count)):
                pass

    def wait_until_first(self, watcher, user):
        """Waits until all connections of the user's are gone, so that the next is the first again."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with RawClient(self.server.host, self.server.port) as client:
                client.upgrade(f"/ws/chat/{self.room}/", {"Cookie": user.cookie}).expect(101)
                client.read_until_action("complete")
                watcher.send_json({"action": "ping"})
                seen = set()
                while (frame := watcher.read_json())["action"] != "complete":
                    if frame["action"] == "user_joined":
                        seen.add(frame["payload"]["username"])
                if user.name in seen:
                    return
        self.fail(f"{user.name} is still in the room")

    def test_a_thousand_connections_leave_no_growth(self):
        with chat_server("--threads", "2", "--log-level", "warn", environment=measured_environment()) as server:
            self.server = server
            self.users = [User(server, "alice"), User(server, "bob")]
            self.room = self.users[0].create_room("Garden")
            self.users[1].join(self.room)
            watcher = User(server, "watcher")
            watcher.join(self.room)
            files = open_files(server.pid)
            self.visit_often(WARM_UP)
            before = resident_bytes(server.pid)
            self.visit_often(CONNECTIONS)
            growth = resident_bytes(server.pid) - before
            self.assertLess(growth, MAX_GROWTH)

            with RawClient(server.host, server.port) as client:
                client.upgrade(f"/ws/chat/{self.room}/", {"Cookie": watcher.cookie}).expect(101)
                client.read_until_action("complete")
                self.wait_until_first(client, self.users[0])
                self.wait_until_first(client, self.users[1])
            # What is open for good: descriptors that the store's readers took when they were first used.
            self.assertLess(open_files(server.pid), files + 20)
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
