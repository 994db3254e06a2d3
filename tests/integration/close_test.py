"""How WebSocket connections go on and end: frames right and wrong, on the echo."""

import os
import struct
import unittest

from support.chat_client import echo_server
from support.raw_client import (NO_CODE, OPCODE_BINARY, OPCODE_CLOSE, OPCODE_CONTINUATION, OPCODE_PING, OPCODE_PONG,
                                OPCODE_TEXT, RawClient, encode_frame)

MEBIBYTE = 1 << 20


class CloseTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(echo_server("--threads", "2"))

    def connect(self, **options):
        client = self.enterContext(RawClient(self.server.host, self.server.port))
        client.upgrade("/", **options).expect(101)
        return client

    def expect_echo(self, client, opcode, payload):
        frame = client.read_frame()
        self.assertEqual((frame.opcode, frame.fin, frame.rsv), (opcode, True, 0))
        self.assertEqual(frame.payload, payload)

    # What is right

    def test_text_and_binary_of_all_length_forms_come_back(self):
        client = self.connect()
        for size in (0, 1, 125, 126, 127, 65535, 65536, 300_000):
            data = os.urandom(size)
            client.send_frame(OPCODE_BINARY, data)
            self.expect_echo(client, OPCODE_BINARY, data)
            client.send_text("é" * (size // 2))
            self.expect_echo(client, OPCODE_TEXT, ("é" * (size // 2)).encode())

    def test_fragments_with_pings_between_are_one_message(self):
        client = self.connect()
        parts = ["Grüße ".encode()[:3], "Grüße ".encode()[3:], b"", "an \U0001F30D".encode()]
        client.send_frame(OPCODE_TEXT, parts[0], fin=False)
        client.send_frame(OPCODE_PING, b"one")
        self.expect_echo(client, OPCODE_PONG, b"one")
        client.send_frame(OPCODE_CONTINUATION, parts[1], fin=False)
        client.send_frame(OPCODE_CONTINUATION, parts[2], fin=False)
        client.send_frame(OPCODE_PONG, b"unasked")
        client.send_frame(OPCODE_PING, b"two")
        self.expect_echo(client, OPCODE_PONG, b"two")
        client.send_frame(OPCODE_CONTINUATION, parts[3])
        self.expect_echo(client, OPCODE_TEXT, b"".join(parts))

    def test_a_message_may_come_byte_by_byte(self):
        client = self.connect()
        for byte in encode_frame(OPCODE_TEXT, "slowly") + encode_frame(OPCODE_TEXT, b"x" * 200)[:10]:
            client.send_bytes(bytes([byte]))
        self.expect_echo(client, OPCODE_TEXT, b"slowly")

    def test_many_messages_in_one_piece_come_back_in_order(self):
        client = self.connect()
        client.send_bytes(b"".join(encode_frame(OPCODE_TEXT, str(i)) for i in range(1000)))
        self.assertEqual([client.read_frame().text for _ in range(1000)], [str(i) for i in range(1000)])

    def test_frames_sent_with_the_upgrade_request_are_handled(self):
        early = b"".join(encode_frame(OPCODE_TEXT, f"early {i}") for i in range(3)) + encode_frame(OPCODE_TEXT, "cut")[:4]
        client = self.connect(early=early)
        for i in range(3):
            self.expect_echo(client, OPCODE_TEXT, f"early {i}".encode())

    # Ends

    def test_a_close_is_answered_with_its_code_and_the_connection_ends(self):
        for code in (1000, 1001, 1003, 1007, 1011, 3000, 4000, 4999):
            with self.subTest(code):
                client = self.connect()
                client.send_close(code, "goodbye")
                self.assertEqual(client.read_frame().close_code, code)
                client.expect_end()

    def test_a_close_without_a_code_is_answered(self):
        client = self.connect()
        client.send_close(None)
        frame = client.read_frame()
        self.assertEqual(frame.opcode, OPCODE_CLOSE)
        self.assertIn(frame.close_code, (NO_CODE, 1000))
        client.expect_end()

    def test_what_follows_a_close_is_ignored(self):
        client = self.connect()
        client.send_text("before")
        client.send_bytes(encode_frame(OPCODE_CLOSE, struct.pack("!H", 1000)) + encode_frame(OPCODE_TEXT, "after"))
        self.expect_echo(client, OPCODE_TEXT, b"before")
        self.assertEqual(client.read_frame().opcode, OPCODE_CLOSE)
        client.expect_end()

    def test_a_client_that_ends_its_sending_half_still_gets_what_was_its(self):
        client = self.connect()
        client.send_text("last words")
        client.shutdown_sending()
        self.expect_echo(client, OPCODE_TEXT, b"last words")
        client.expect_end()

    def test_resets_and_disappearances_hurt_nobody(self):
        other = self.connect()
        for end in ("reset", "close", "shutdown_sending"):
            for begun in (b"", encode_frame(OPCODE_TEXT, "whole"), encode_frame(OPCODE_TEXT, b"x" * 1000)[:500],
                          encode_frame(OPCODE_BINARY, b"x" * MEBIBYTE)):
                client = self.connect()
                client.send_bytes(begun)
                getattr(client, end)()
        other.send_text("still here")
        self.expect_echo(other, OPCODE_TEXT, b"still here")

    # What is wrong

    def expect_error(self, code, *frames):
        with self.subTest(frames=[frame[:12] for frame in frames]):
            client = self.connect()
            client.send_bytes(b"".join(frames))
            frame = client.expect_close(code, skip=False)
            self.assertNotEqual(frame.close_reason, "")

    def test_frames_against_the_protocol_close_with_1002(self):
        text = encode_frame(OPCODE_TEXT, "a", fin=False)
        for frames in (
            [encode_frame(OPCODE_TEXT, "unmasked", mask=None)],
            [encode_frame(OPCODE_TEXT, "a", rsv=4)],
            [encode_frame(OPCODE_TEXT, "a", rsv=2)],
            [encode_frame(OPCODE_TEXT, "a", rsv=1)],
            *([encode_frame(opcode, "a")] for opcode in (0x3, 0x7, 0xB, 0xF)),
            [encode_frame(OPCODE_PING, "a", fin=False)],
            [encode_frame(OPCODE_PING, "a" * 126)],
            [encode_frame(OPCODE_PONG, "a" * 126)],
            [encode_frame(OPCODE_CONTINUATION, "nothing to continue")],
            [text, encode_frame(OPCODE_TEXT, "not continued")],
            [text, encode_frame(OPCODE_BINARY, "not continued")],
            [encode_frame(OPCODE_TEXT, "a", length_form=16)],
            [encode_frame(OPCODE_TEXT, "a", length_form=64)],
            [encode_frame(OPCODE_BINARY, "", declared_length=1 << 63)],
            [encode_frame(OPCODE_CLOSE, b"\x03")],
            [encode_frame(OPCODE_CLOSE, b"\x03\xe8" + b"x" * 124)],
            *([encode_frame(OPCODE_CLOSE, struct.pack("!H", code))]
              for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535)),
        ):
            self.expect_error(1002, *frames)

    def test_text_that_is_no_utf8_closes_with_1007(self):
        for payload in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"ok \xe2\x82", b"\x80"):
            self.expect_error(1007, encode_frame(OPCODE_TEXT, payload))
        self.expect_error(1007, encode_frame(OPCODE_TEXT, b"\xe2", fin=False),
                          encode_frame(OPCODE_CONTINUATION, b"\x28\xa1"))
        self.expect_error(1007, encode_frame(OPCODE_CLOSE, b"\x03\xe8\xff"))

    def test_bad_utf8_is_noticed_before_the_message_is_whole(self):
        self.expect_error(1007, encode_frame(OPCODE_TEXT, b"\xff", fin=False))

    def test_a_message_over_the_bound_is_refused_before_its_bytes_come(self):
        head = encode_frame(OPCODE_BINARY, b"", declared_length=64 * MEBIBYTE + 1)
        self.expect_error(1009, head)
        part = encode_frame(OPCODE_BINARY, b"x" * 1000, fin=False)
        self.expect_error(1009, part, encode_frame(OPCODE_CONTINUATION, b"", declared_length=64 * MEBIBYTE - 999))

    def test_a_client_that_does_not_take_the_hint_is_cut_off(self):
        client = self.connect()
        client.send_frame(OPCODE_TEXT, "unmasked", mask=None)
        client.read_frame()
        sent = 0
        with self.assertRaises((ConnectionResetError, BrokenPipeError)):
            while sent < 200 * MEBIBYTE:
                client.send_bytes(b"x" * MEBIBYTE)
                sent += MEBIBYTE
        self.assertLess(sent, 64 * MEBIBYTE)


if __name__ == "__main__":
    unittest.main()
