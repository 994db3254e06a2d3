"""RFC 6455 section 7 from outside, on the echo: how connections are closed, and with what codes."""

import unittest

from support.chat_client import echo_server
from support.conformance import PROTOCOL_ERROR, ConformanceCase, close, more, ping, text
from support.raw_client import (NO_CODE, OPCODE_BINARY, OPCODE_CLOSE, OPCODE_PING, OPCODE_PONG, OPCODE_TEXT,
                                ConnectionEnded, encode_frame)

# What the protocol and its registry give a meaning and let a peer send, and what is for libraries and applications.
VALID_CODES = (*range(1000, 1004), *range(1007, 1015), *range(3000, 5000))
# A sample of the 2000 codes above 3000, and every code near a border.
TRIED_VALID = (*range(1000, 1004), *range(1007, 1015), 3000, 3001, *range(3037, 3999, 97), 3999, 4000, 4001,
               *range(4099, 4999, 101), 4998, 4999)
TRIED_INVALID = (0, 1, 255, 256, *range(100, 1000, 150), 999, 1004, 1005, 1006, 1015, 1016, 1017, 1100,
                 *range(1200, 3000, 149), 2000, 2999, 5000, 5001, 10_000, 32_767, 32_768, 65_535)


class CloseConformanceTest(ConformanceCase):
    def expect_close_answer(self, client, code, reason=None):
        frame = client.read_frame()
        self.assertEqual((frame.opcode, frame.fin, frame.rsv, frame.close_code), (OPCODE_CLOSE, True, 0, code))
        if reason is not None:
            self.assertEqual(frame.payload[2:], reason)
        client.expect_end()

    # Codes

    def test_valid_codes_are_answered_with_themselves(self):
        for code in TRIED_VALID:
            self.assertIn(code, VALID_CODES)
            with self.subTest(code), self.connect() as client:
                client.send_bytes(close(code, b"a reason"))
                # 1010 is a client's alone: a server has nothing to miss an extension for.
                self.expect_close_answer(client, 1000 if code == 1010 else code)

    def test_invalid_codes_are_refused(self):
        for code in TRIED_INVALID:
            self.assertNotIn(code, VALID_CODES)
            for reason in (b"", b"a reason"):
                with self.subTest(code), self.connect() as client:
                    client.send_bytes(close(code, reason))
                    client.expect_close(PROTOCOL_ERROR, skip=False)

    def test_a_close_may_have_no_code(self):
        for way in ([b"\x88\x80abcd"], [b"\x88", b"\x80abc", b"d"]):
            with self.connect() as client:
                self.send_apart(client, way)
                frame = client.read_frame()
                self.assertEqual(frame.opcode, OPCODE_CLOSE)
                self.assertIn(frame.close_code, (NO_CODE, 1000))
                client.expect_end()

    def test_half_a_code_is_refused(self):
        for byte in (b"\x00", b"\x03", b"\xff"):
            self.expect_failure(PROTOCOL_ERROR, [encode_frame(OPCODE_CLOSE, byte)])

    def test_reasons_are_as_long_as_a_control_frame_allows(self):
        for reason in (b"", b"x", b"*" * 123, "é".encode() * 61, "\U0001F30D".encode() * 30):
            for way in ("whole", "apart"):
                with self.subTest(way, reason=reason), self.connect() as client:
                    frame = close(1000, reason)
                    self.send_apart(client, [frame] if way == "whole" else [frame[i:i + 1] for i in range(len(frame))])
                    self.expect_close_answer(client, 1000)
        with self.connect() as client:
            client.send_bytes(close(1000, b"*" * 124))
            client.expect_close(PROTOCOL_ERROR, skip=False)

    # Before and after

    def test_messages_before_a_close_are_answered_first(self):
        for before in ([text(b"one")], [text(b"one"), encode_frame(OPCODE_BINARY, b"two"), text(b"x" * 70_000)],
                       [encode_frame(OPCODE_BINARY, b"x" * 262_144)], [text(b"%d" % i) for i in range(200)]):
            with self.connect() as client:
                client.send_bytes(b"".join(before) + close(1000))
                for _ in before:
                    self.assertIn(client.read_frame().opcode, (OPCODE_TEXT, OPCODE_BINARY))
                self.expect_close_answer(client, 1000)

    def test_nothing_that_follows_a_close_is_answered(self):
        for late in ([close(1000)], [close(1001, b"another")], [ping(b"late")], [text(b"late")],
                     [more(b"late")], [encode_frame(OPCODE_PONG, b"")], [b"\xff\xff\xff\xff"], [text(b"\xff")],
                     [text(b"unmasked", mask=None)], [text(b"x" * 300_000)], [b"GET / HTTP/1.1\r\n\r\n"]):
            for way, pieces in {"in one write": [close(1000) + late[0]], "frame by frame": [close(1000), *late]}.items():
                with self.subTest(way, late=late[0][:12].hex()), self.connect() as client:
                    try:
                        self.send_apart(client, pieces)
                    except OSError:
                        pass  # the server has ended it already
                    frame = client.read_frame()
                    self.assertEqual((frame.opcode, frame.close_code), (OPCODE_CLOSE, 1000))
                    try:
                        client.expect_end()
                    except ConnectionEnded as end:
                        self.assertTrue(end.reset)

    def test_a_close_within_a_message_ends_it(self):
        for frames in ([text(b"begun", fin=False), close(1000), more(b"late")],
                       [text(b"begun", fin=False), ping(b"p"), close(1000)],
                       [encode_frame(OPCODE_BINARY, b"x" * 70_000, fin=False), close(4000, b"enough")],
                       [text(b"\xe2", fin=False), close(1000)]):
            with self.connect() as client:
                client.send_bytes(b"".join(frames))
                frame = client.read_frame()
                if frame.opcode == OPCODE_PONG:
                    frame = client.read_frame()
                self.assertEqual(frame.opcode, OPCODE_CLOSE)
                self.assertIn(frame.close_code, (1000, 4000))
                client.expect_end()

    def test_pings_before_a_close_are_answered(self):
        with self.connect() as client:
            client.send_bytes(ping(b"1") + ping(b"2") + close(1000))
            self.expect(client, OPCODE_PONG, b"1")
            self.expect(client, OPCODE_PONG, b"2")
            self.expect_close_answer(client, 1000)

    # The server's own

    def test_a_server_that_stops_says_so_and_waits_for_the_answer(self):
        with echo_server("--threads", "1") as server:
            waiting, silent = self.connect_to(server), self.connect_to(server)
            with waiting, silent:
                for client in (waiting, silent):
                    client.send_bytes(text(b"begun", fin=False))
                    client.send_frame(OPCODE_PING, b"read")
                    self.expect(client, OPCODE_PONG, b"read")
                server.send_signal(15)
                for client in (waiting, silent):
                    frame = client.read_frame()
                    self.assertEqual((frame.opcode, frame.close_code), (OPCODE_CLOSE, 1001))
                waiting.send_bytes(more(b"on its way") + close(1001))
                waiting.expect_end()
                silent.close()
            self.assertEqual(server.wait(), 0)

    def test_after_its_own_close_for_a_mistake_the_server_answers_nothing(self):
        with self.connect() as client:
            client.send_bytes(encode_frame(OPCODE_TEXT, b"wrong", rsv=1))
            frame = client.read_frame()
            self.assertEqual((frame.opcode, frame.close_code), (OPCODE_CLOSE, PROTOCOL_ERROR))
            client.send_bytes(ping(b"late") + text(b"late") + close(PROTOCOL_ERROR))
            client.expect_end()


if __name__ == "__main__":
    unittest.main()
