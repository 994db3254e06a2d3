"""Chanx inside other programs: beside a Beast server that hands upgrades over, and on an io_context that is the program's."""

import os
import signal
import unittest

from support.chat_client import executable
from support.raw_client import OPCODE_TEXT, RawClient, encode_frame
from support.server import Server


def text_frame(text):
    return encode_frame(OPCODE_TEXT, text)


class EmbedTestCase(unittest.TestCase):
    variable = path = None

    def start(self, *arguments):
        return self.enterContext(Server(executable(self.variable), *arguments))

    def connect(self, server):
        return self.enterContext(RawClient(server.host, server.port))

    def enter(self, server, **options):
        client = self.connect(server)
        client.upgrade(self.path, **options).expect(101)
        self.assertEqual(client.read_json()["payload"]["status_code"], 200)
        return client

    def assertEndsInOrder(self, number):
        server = self.start()
        clients = [self.enter(server) for _ in range(3)]
        idle = self.connect(server)
        server.send_signal(number)
        for client in clients:
            client.expect_close(1001)
        idle.expect_end()
        self.assertEqual(server.wait(), 0)
        self.assertNotIn("abandoned", server.stderr)

    def assertTakenPortIsToldOf(self, server):
        with self.assertRaisesRegex(Exception, "ended with code 1"):
            Server(executable(self.variable), port=server.port).start()


class WallTest(EmbedTestCase):
    variable, path = "WALL_SERVER", "/ws/wall/"

    def setUp(self):
        self.server = self.start()

    def write(self, client, text):
        client.send_text('{"action":"write","payload":"%s"}' % text)

    def assertReads(self, client, text, own):
        frame = client.read_until_action("written")
        self.assertEqual(frame, {"action": "written", "payload": text, "is_mine": own, "is_current": own})

    def test_the_host_serves_its_page_and_the_wall_is_open_behind_it(self):
        client = self.connect(self.server)
        page = client.request("GET", "/").expect(200)
        self.assertIn(b"/ws/wall/", page.body)
        client.request("GET", "/other").expect(404)
        client.request("POST", "/", body="x").expect(405)
        # The same connection, after requests that the host has answered.
        client.upgrade(self.path).expect(101)
        self.assertEqual(client.read_json()["action"], "authentication")
        other = self.enter(self.server)
        self.write(client, "first")
        self.assertReads(client, "first", True)
        self.assertReads(other, "first", False)
        self.write(other, "second")
        self.assertReads(client, "second", False)
        # The host is as it was.
        self.connect(self.server).request("GET", "/").expect(200)

    def test_frames_in_the_same_segment_as_the_request_are_not_lost(self):
        early = b"".join(text_frame('{"action":"write","payload":"%d"}' % i) for i in range(5))
        cut = len(early) - 3  # the last one comes in two pieces
        client = self.enter(self.server, early=early[:cut])
        for i in range(4):
            self.assertReads(client, str(i), True)
        client.send_bytes(early[cut:])
        self.assertReads(client, "4", True)

    def test_a_request_in_pieces_is_handed_over_whole(self):
        client = self.connect(self.server)
        request = (f"GET {self.path} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").encode()
        for i in range(0, len(request), 7):
            client.send_bytes(request[i : i + 7])
        client.read_response().expect(101)
        self.write(client, "whole")
        self.assertReads(client, "whole", True)

    def test_what_is_refused_is_answered_on_the_connection_and_it_ends(self):
        port = self.server.port
        for status, path, headers in ((404, "/ws/other/", {}),
                                      (403, self.path, {"Origin": "https://evil.example"}),
                                      (403, self.path, {"Origin": f"http://127.0.0.1:{port + 1}"}),
                                      (400, self.path, {"Sec-WebSocket-Key": "short"}),
                                      (400, "/ws/%ff/", {}),
                                      (426, self.path, {"Sec-WebSocket-Version": "8"})):
            with self.subTest(status=status, path=path, headers=headers):
                client = self.connect(self.server)
                response = client.upgrade(path, headers, early=text_frame("ignored")).expect(status)
                self.assertTrue(response.json()["detail"])
                client.shutdown_sending()  # or it would wait for the end for a while
                client.expect_end()
        # A request that asks for no WebSocket is answered by the same rules as on a port of chanx's own.
        self.connect(self.server).request("GET", self.path).expect(426)
        body = "x" * 100_000
        client = self.connect(self.server)
        client.request("POST", "/ws/other/", body=body).expect(404)
        client.request("POST", "/ws/other/", body=body).expect(404)

    def test_pages_of_the_host_may_connect(self):
        port = self.server.port
        for origin in (f"http://127.0.0.1:{port}", f"http://localhost:{port}", None):
            with self.subTest(origin):
                self.enter(self.server, headers={"Origin": origin})

    def test_sigterm_and_sigint_close_everything_in_order(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                self.assertEndsInOrder(number)

    def test_a_taken_port_is_told_of(self):
        self.assertTakenPortIsToldOf(self.server)


class ThermometerTest(EmbedTestCase):
    variable, path = "THERMOMETER_SERVER", "/ws/thermometer/"

    def setUp(self):
        self.server = self.start()

    def test_measurements_of_the_programs_own_timer_reach_everybody(self):
        clients = [self.enter(self.server) for _ in range(3)]
        clients[0].send_text('{"action":"set_interval","milliseconds":20}')
        for client in clients:
            frame = client.read_until_action("interval_set")
            self.assertEqual((frame["milliseconds"], frame["is_mine"]), (20, client is clients[0]))
            first = client.read_until_action("measured")
            self.assertEqual((first["is_mine"], first["is_current"]), (False, False))
            self.assertAlmostEqual(first["celsius"], 20, delta=1)
            numbers = [client.read_until_action("measured")["number"] for _ in range(10)]
            self.assertEqual(numbers, list(range(first["number"] + 1, first["number"] + 11)))

    def test_a_frame_in_the_same_segment_as_the_request_is_not_lost(self):
        client = self.enter(self.server, early=text_frame('{"action":"ping"}'))
        client.read_until_action("pong")

    def test_bad_input_is_refused(self):
        client = self.enter(self.server)
        client.send_text('{"action":"set_interval","milliseconds":1}')
        error = client.read_until_action("error")
        self.assertEqual(error["payload"][0]["type"], "greater_than_equal")

    def test_it_runs_on_the_programs_one_thread(self):
        self.enter(self.server)
        # And the one that writes the log, of which nobody waits for another.
        self.assertEqual(len(os.listdir(f"/proc/{self.server.pid}/task")), 2)

    def test_many_come_and_go(self):
        for _ in range(5):
            for client in [self.enter(self.server) for _ in range(20)]:
                client.reset()
        self.enter(self.server)

    def test_sigterm_and_sigint_close_everything_in_order(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                self.assertEndsInOrder(number)

    def test_a_taken_port_is_told_of(self):
        self.assertTakenPortIsToldOf(self.server)


if __name__ == "__main__":
    unittest.main()
