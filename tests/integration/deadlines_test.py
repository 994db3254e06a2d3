"""How long each phase of a connection may take: clients that trickle a byte at a time, or take nothing."""

import time
import unittest

from support.attack import Crowd, upgrade_request
from support.raw_client import ConnectionEnded, encode_frame
from support.target import TargetCase

PEERS = 20


class DeadlinesTest(TargetCase):
    def crowd(self, **options):
        return self.enterContext(Crowd(self.server.host, self.server.port, **options))

    def assertEndedWithin(self, peers, least, most):
        for peer in peers:
            self.assertTrue(peer.ended)
            self.assertGreaterEqual(peer.ended_at - peer.began_at, least)
            self.assertLessEqual(peer.ended_at - peer.began_at, most)

    def assertServesOthers(self):
        begun = time.monotonic()
        self.client().request("GET", "/stats").expect(200)
        self.assertLess(time.monotonic() - begun, 1)

    def test_a_head_that_trickles_is_answered_with_408_when_its_time_is_over(self):
        self.start("request_timeout=1000", "close_timeout=300")
        crowd = self.crowd()
        peers = crowd.connect(PEERS)
        head = b"GET /stats HTTP/1.1\r\nHost: a\r\nX-Filler: " + b"x" * 10_000
        self.assertTrue(crowd.trickle(peers, head, interval=0.05, seconds=6))
        self.assertEqual({peer.status for peer in peers}, {408})
        self.assertIn(b"Connection: close", peers[0].received)
        # A byte does not prolong it: 1 s for the head, and then 0.3 s in which what still comes is discarded.
        self.assertEndedWithin(peers, 0.9, 3.5)
        self.assertServesOthers()

    def test_who_says_nothing_is_closed_without_a_word(self):
        self.start("request_timeout=500")
        crowd = self.crowd()
        peers = crowd.connect(PEERS)
        self.assertTrue(crowd.run(4, until=lambda: all(peer.ended for peer in peers)))
        self.assertEqual({peer.total for peer in peers}, {0})
        self.assertEndedWithin(peers, 0.4, 3)

    def test_a_body_that_trickles_is_answered_with_408_when_its_time_is_over(self):
        self.start("body_timeout=1000", "close_timeout=300")
        crowd = self.crowd()
        peers = crowd.connect(PEERS)
        crowd.send(peers[::2], b"POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
        crowd.send(peers[1::2], b"POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n")
        self.assertTrue(crowd.trickle(peers, b"x", interval=0.05, seconds=6))
        self.assertEqual({peer.status for peer in peers}, {408})
        self.assertEndedWithin(peers, 0.9, 3.5)
        self.assertServesOthers()

    def test_who_sends_without_a_pause_up_to_the_deadline_and_then_nothing_is_answered_too(self):
        # What is there all the time is read without waiting for it, so at the deadline there is no wait to be ended.
        self.start("body_timeout=150", "close_timeout=300", "max_request_body=1000000000")
        for _ in range(4):
            client = self.client()
            client.send_bytes(b"POST /body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3b9aca00\r\n")
            begun = time.monotonic()
            part = b"x" * 16_384
            try:
                while time.monotonic() - begun < 0.2:
                    client.send_bytes(part)
                client.read_response(3).expect(408)
                client.expect_end(3)
            except (ConnectionEnded, ConnectionError):
                pass  # it was closed on more input than is discarded
            self.assertLess(time.monotonic() - begun, 3)
        self.eventually(lambda: self.stats()["sessions"] == 0, "the sessions to end")

    def test_who_does_not_read_a_response_is_reset(self):
        self.start("response_timeout=1000")
        crowd = self.crowd(keep=0)
        peers = crowd.connect(3, receive_buffer=4096)
        for peer in peers[:2]:
            crowd.stop_reading(peer)
        crowd.send(peers, b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
        # The third takes a byte now and then: its time is one in all, too.
        crowd.stop_reading(peers[2])

        def sip():
            try:
                if not peers[2].ended:
                    peers[2].socket.recv(1)
            except BlockingIOError:
                pass
            except OSError:
                crowd.reset(peers[2])

        self.assertTrue(crowd.run(6, until=lambda: all(peer.ended for peer in peers), every=sip))
        self.assertEndedWithin(peers, 0.9, 4)
        self.assertServesOthers()

    def test_an_upgrade_whose_hook_takes_too_long_is_ended(self):
        self.start("request_timeout=700")
        crowd = self.crowd()
        peers = crowd.connect(PEERS)
        crowd.send(peers, upgrade_request("/slow/"))
        self.assertTrue(crowd.run(4, until=lambda: all(peer.ended for peer in peers)))
        self.assertEqual({peer.status for peer in peers}, {503})
        self.assertEndedWithin(peers, 0.6, 3)
        self.assertServesOthers()

    def test_an_upgrade_whose_head_trickles_is_answered_with_408(self):
        self.start("request_timeout=700", "close_timeout=200")
        crowd = self.crowd()
        peers = crowd.connect(PEERS)
        head = upgrade_request("/echo/")[:-2] + b"X-Filler: " + b"x" * 10_000
        self.assertTrue(crowd.trickle(peers, head, interval=0.05, seconds=5))
        self.assertEqual({peer.status for peer in peers}, {408})
        self.assertEndedWithin(peers, 0.6, 3)

    def test_an_authentication_that_trickles_is_refused(self):
        self.start("authentication_timeout=700", "close_timeout=300")
        crowd = self.crowd()
        peers = crowd.connect(PEERS)
        crowd.send(peers, upgrade_request("/silent/"))
        self.assertTrue(crowd.run(3, until=lambda: all(peer.status == 101 for peer in peers)))
        message = encode_frame(1, b'{"action":"authenticate","payload":{"token":"' + b"x" * 500)
        self.assertTrue(crowd.trickle(peers, message, interval=0.05, seconds=5))
        self.assertEqual({peer.close_code for peer in peers}, {4401})
        self.assertEndedWithin(peers, 0.6, 3.5)
        self.eventually(lambda: self.stats()["sessions"] == 0, "the sessions to end")

    def test_who_does_not_answer_a_close_is_closed(self):
        self.start("close_timeout=700", "max_message_size=100")
        crowd = self.crowd()
        peers = crowd.connect(PEERS)
        crowd.send(peers, upgrade_request("/echo/"))
        self.assertTrue(crowd.run(3, until=lambda: all(peer.status == 101 for peer in peers)))
        crowd.send(peers, encode_frame(1, b"x" * 200))
        self.assertTrue(crowd.run(3, until=lambda: all(peer.close_code == 1009 for peer in peers) or
                                  all(peer.ended for peer in peers)))
        self.eventually(lambda: self.stats()["sessions"] == 0, "the sessions to end")


if __name__ == "__main__":
    unittest.main()
