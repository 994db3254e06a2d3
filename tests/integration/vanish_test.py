"""Clients that go in every phase, by a reset or without a word: nothing of them stays, and others are served."""

import unittest

from support.attack import Crowd, descriptors_of, memory_of, upgrade_request
from support.raw_client import encode_frame
from support.server import measured_environment
from support.target import TargetCase

PHASES = {
    "connect": b"",
    "half a head": b"GET /stats HTTP/1.1\r\nHost: a\r\nX-Fil",
    "whole head": b"GET /stats HTTP/1.1\r\nHost: a\r\n\r\n",
    "a handler that waits": b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n",
    "half a body": b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
    "a response that is not read": b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n",
    "half an upgrade": upgrade_request("/member/")[:-20],
    "a whole upgrade": upgrade_request("/member/"),
    "an upgrade that waits": upgrade_request("/slow/"),
    "an authentication that waits": upgrade_request("/silent/"),
    "mid frame": upgrade_request("/member/") + encode_frame(1, b'{"action":"ping"}')[:9],
    "mid close": upgrade_request("/member/") + encode_frame(8, b"\x03\xe8")[:3],
    "after a close": upgrade_request("/member/") + encode_frame(8, b"\x03\xe8"),
}


class VanishTest(TargetCase):
    def baseline(self):
        self.eventually(lambda: self.stats()["sessions"] == 0, "no sessions")
        return descriptors_of(self.server.pid)

    def assertBackToBaseline(self, before):
        seen = {}

        def all_gone():
            # Some may only be coming in yet.
            seen.update(self.stats())
            return seen["sessions"] == seen["memberships"] == 0 and seen["entered"] == seen["left"]

        self.eventually(all_gone, f"everybody to be gone: {seen}")
        # The client that asks for the statistics has a descriptor, too.
        self.eventually(lambda: descriptors_of(self.server.pid) <= before + 2, "the descriptors to be closed")
        normal = self.client()
        normal.upgrade("/member/", {"X-User": "ada"}).expect(101)
        self.assertEqual(normal.read_json()["payload"]["status_code"], 200)
        normal.send_json({"action": "ping"})
        self.assertEqual(normal.read_json()["action"], "pong")

    def test_a_reset_in_each_phase_leaves_nothing(self):
        self.start("request_timeout=2000", "authentication_timeout=2000")
        before = self.baseline()
        with Crowd(self.server.host, self.server.port) as crowd:
            for phase, data in PHASES.items():
                for wait in (0, 0.05):
                    with self.subTest(phase, wait=wait):
                        peers = crowd.connect(3 if "not read" in phase else 20)
                        crowd.send(peers, data)
                        crowd.run(wait)
                        for peer in peers:
                            crowd.reset(peer)
                        self.stats()
        self.assertBackToBaseline(before)
        self.assertNotIn("level=error", self.server.stderr)

    def test_half_open_peers_leave_nothing(self):
        """They end their sending half, read nothing, and never close."""
        self.start("request_timeout=1000", "body_timeout=1000", "response_timeout=1000", "authentication_timeout=1000",
                   "close_timeout=1000")
        before = self.baseline()
        with Crowd(self.server.host, self.server.port) as crowd:
            for phase, data in PHASES.items():
                peers = crowd.connect(2 if "not read" in phase else 10, receive_buffer=4096)
                for peer in peers:
                    crowd.stop_reading(peer)
                crowd.send(peers, data)
                for peer in peers:
                    try:
                        crowd.shut_down(peer)
                    except OSError:
                        pass  # what was sent was refused already
            self.assertBackToBaseline(before)

    def test_ten_thousand_upgrades_that_vanish_leave_nothing(self):
        self.start(arguments=("--threads", "2"), environment=measured_environment())
        before = self.baseline()
        memory = None
        request = upgrade_request("/member/")
        with Crowd(self.server.host, self.server.port, keep=64) as crowd:
            for wave in range(20):
                peers = crowd.connect(500)
                crowd.send(peers, request)
                if wave % 2:
                    self.assertTrue(crowd.run(30, until=lambda: all(peer.total for peer in peers)))
                for number, peer in enumerate(peers):
                    (crowd.reset if number % 2 else crowd.vanish)(peer)
                if wave == 4:
                    self.eventually(lambda: self.stats()["sessions"] == 0, "a wave to end")
                    memory = memory_of(self.server.pid)
        self.assertBackToBaseline(before)
        # What the first waves needed is used again.
        self.assertLess(memory_of(self.server.pid), memory * 1.5 + (16 << 20))


if __name__ == "__main__":
    unittest.main()
