"""How a server goes down: closes that are spread, 503 for whoever comes, and a second signal."""

import signal
import time
import unittest

from support.attack import Crowd, upgrade_request
from support.raw_client import encode_frame
from support.target import TargetCase

CONNECTIONS = 2000


class DrainTest(TargetCase):
    def crowd_inside(self, count, path="/member/"):
        crowd = self.enterContext(Crowd(self.server.host, self.server.port))
        peers = []
        while len(peers) < count:
            batch = crowd.connect(min(250, count - len(peers)))
            crowd.send(batch, upgrade_request(path))
            self.assertTrue(crowd.run(10, until=lambda: all(b'"status_code":200' in peer.received for peer in batch)))
            peers += batch
        return crowd, peers

    def ended_with(self):
        """What the target says at its end, and its exit code."""
        code = self.server.wait(20)
        words = self.server.stdout.splitlines()[-1].split()
        return code, dict(zip(words[1::2], words[2::2]))

    def test_a_response_that_is_taken_while_the_server_stops_is_its_connections_last(self):
        self.start("request_timeout=15000", "shutdown_timeout=10000", arguments=("--threads", "1"))
        reading, idle = self.client(), self.client()
        idle.request("GET", "/stats").expect(200)
        # The response says that the connection goes on, and is being written when the server stops.
        reading.send_bytes(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
        size = int(reading.read_response(has_body=False).expect(200).headers["content-length"])
        self.server.send_signal(signal.SIGTERM)
        idle.expect_end()
        begun = time.monotonic()
        self.assertEqual(len(reading.read_rest()), size)
        code, _ = self.ended_with()
        self.assertEqual(code, 0)
        self.assertLess(time.monotonic() - begun, 6)

    def test_closes_are_spread_in_random_order_and_everybody_gets_1001(self):
        self.start("drain_time=3000")
        crowd, peers = self.crowd_inside(CONNECTIONS)
        self.assertEqual(self.stats()["entered"], CONNECTIONS)
        idle = self.client()
        idle.request("GET", "/stats").expect(200)
        begun = time.monotonic()
        self.server.send_signal(signal.SIGTERM)
        closed = {}
        told = []

        def look():
            for number, peer in enumerate(peers):
                if number not in closed and peer.close_code is not None:
                    closed[number] = time.monotonic() - begun
                    crowd.send(peer, encode_frame(8, b"\x03\xe9"))
            if len(told) < 2 and closed:
                # A new connection, and one that was there, whose client thinks that it goes on.
                for client in (self.client(), idle):
                    response = client.request("GET", "/stats")
                    told.append((response.status, response.headers.get("retry-after"), response.headers.get("connection")))
                told.append(self.client().upgrade("/member/").status)

        self.assertTrue(crowd.run(9, until=lambda: all(peer.ended for peer in peers), every=look, interval=0.05))
        look()
        self.assertEqual({peer.close_code for peer in peers}, {1001})
        self.assertEqual(told, [(503, "5", "close")] * 2 + [503])
        # 3 s for 2000, so about 333 in each half second.
        times = sorted(closed.values())
        self.assertEqual(len(times), CONNECTIONS)
        shares = [sum(half <= at * 2 < half + 1 for at in times) for half in range(6)]
        for share in shares[:5]:
            self.assertGreater(share, 100, shares)
            self.assertLess(share, 800, shares)
        self.assertLess(times[-1], 4.5)
        # Not in the order in which they came: those first in were closed no earlier than others.
        early = sum(closed[number] for number in range(CONNECTIONS // 2))
        late = sum(closed[number] for number in range(CONNECTIONS // 2, CONNECTIONS))
        self.assertLess(abs(early - late) / (early + late), 0.1)
        code, left = self.ended_with()
        self.assertEqual(code, 0)
        self.assertEqual((left["sessions"], left["memberships"]), ("0", "0"))
        self.assertEqual((left["entered"], left["left"]), (str(CONNECTIONS), str(CONNECTIONS)))

    def test_few_connections_end_at_once(self):
        self.start()
        crowd, peers = self.crowd_inside(5)
        begun = time.monotonic()
        self.server.send_signal(signal.SIGTERM)
        self.assertTrue(crowd.run(5, until=lambda: all(peer.close_code == 1001 or peer.ended for peer in peers)))
        self.assertEqual({peer.close_code for peer in peers}, {1001})
        for peer in peers:
            crowd.vanish(peer)
        self.assertEqual(self.ended_with()[0], 0)
        self.assertLess(time.monotonic() - begun, 2)

    def test_a_request_that_is_being_handled_gets_its_answer(self):
        self.start()
        client = self.client()
        client.send_bytes(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        self.server.wait_for_output("slow request begun")
        self.server.send_signal(signal.SIGTERM)
        response = client.read_response().expect(200)
        self.assertEqual(response.headers["connection"].lower(), "close")
        client.close()
        self.assertEqual(self.ended_with()[0], 0)

    def test_a_second_signal_ends_it_at_once(self):
        self.start("hook_timeout=60000", "shutdown_timeout=60000")
        crowd, peers = self.crowd_inside(3, "/stubborn/")
        self.server.send_signal(signal.SIGTERM)
        self.assertTrue(crowd.run(5, until=lambda: all(peer.close_code == 1001 for peer in peers)))
        begun = time.monotonic()
        self.assertTrue(self.server.running())
        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.ended_with()[0], 0)
        self.assertLess(time.monotonic() - begun, 2)
        self.assertIn("server ending at once", self.server.stderr)
        self.assertEqual(self.server.stderr.count("connection abandoned"), 3)

    def test_a_second_signal_ends_the_spreading_too(self):
        self.start("drain_time=60000")
        crowd, peers = self.crowd_inside(1000)
        self.server.send_signal(signal.SIGINT)
        self.server.wait_for_output("server stopping")
        self.server.send_signal(signal.SIGINT)
        begun = time.monotonic()
        self.assertEqual(self.ended_with()[0], 0)
        self.assertLess(time.monotonic() - begun, 3)


if __name__ == "__main__":
    unittest.main()
