"""Many connections opened and closed leave the server as it was."""

import concurrent.futures
import os
import unittest

from support.chat_client import User, chat_server
from support.raw_client import OPCODE_CLOSE, RawClient

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

    def test_a_thousand_connections_leave_no_growth(self):
        # AddressSanitizer keeps what was freed, unless told not to.
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        environment = {**os.environ, "ASAN_OPTIONS": sanitizer}
        with chat_server("--threads", "2", "--log-level", "warn", environment=environment) as server:
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

            # Everybody is gone: who comes now is the first again, and sees nobody.
            with RawClient(server.host, server.port) as client:
                client.upgrade(f"/ws/chat/{self.room}/", {"Cookie": watcher.cookie}).expect(101)
                client.read_until_action("complete")
                with RawClient(server.host, server.port) as alice:
                    alice.upgrade(f"/ws/chat/{self.room}/", {"Cookie": self.users[0].cookie}).expect(101)
                    joined = client.read_until_action("user_joined")
                    self.assertEqual(joined["payload"]["username"], "alice")
                left = client.read_until_action("user_left")
                self.assertEqual(left["payload"]["username"], "alice")
                client.send_close()
                while client.read_frame().opcode != OPCODE_CLOSE:
                    pass
                client.expect_end()
            # What is open for good: descriptors that the store's readers took when they were first used.
            self.assertLess(open_files(server.pid), files + 20)
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
