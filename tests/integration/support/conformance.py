"""What the tests of RFC 6455 have in common: an echo, ways of cutting what is sent, and what must come of it.

Where a case expects the end of a connection it also says how: a Close with the right code, then the end of the
connection, and not a byte between.
"""

import struct
import unittest

from support.chat_client import echo_server
from support.raw_client import (OPCODE_BINARY, OPCODE_CLOSE, OPCODE_CONTINUATION, OPCODE_PING, OPCODE_PONG,
                                OPCODE_TEXT, RawClient, encode_frame)

DATA = (OPCODE_TEXT, OPCODE_BINARY)

PROTOCOL_ERROR = 1002
INVALID_PAYLOAD = 1007


def text(payload, **options):
    return encode_frame(OPCODE_TEXT, payload, **options)


def more(payload, **options):
    return encode_frame(OPCODE_CONTINUATION, payload, **options)


def ping(payload=b"", **options):
    return encode_frame(OPCODE_PING, payload, **options)


def close(code=1000, reason=b"", **options):
    return encode_frame(OPCODE_CLOSE, struct.pack("!H", code) + reason, **options)


class ConformanceCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # One thread, so that what one connection was answered tells what was read of another.
        cls.server = cls.enterClassContext(echo_server("--threads", "1"))
        cls.pacer = cls.enterClassContext(RawClient(cls.server.host, cls.server.port))
        cls.pacer.upgrade("/").expect(101)

    @staticmethod
    def connect_to(server):
        client = RawClient(server.host, server.port)
        try:
            client.upgrade("/").expect(101)
        except BaseException:
            client.close()
            raise
        return client

    def connect(self):
        return self.connect_to(self.server)

    def send_apart(self, client, pieces):
        """Sends pieces so that the server reads each by itself."""
        for piece in pieces:
            client.send_bytes(piece)
            self.pacer.send_frame(OPCODE_PING)
            self.assertEqual(self.pacer.read_frame().opcode, OPCODE_PONG)

    def expect(self, client, opcode, payload):
        if isinstance(payload, str):
            payload = payload.encode()
        frame = client.read_frame()
        self.assertEqual((frame.opcode, frame.fin, frame.rsv), (opcode, True, 0))
        self.assertTrue(frame.payload == payload, f"{len(frame.payload)} bytes: {frame.payload[:60]!r}")

    def expect_all(self, client, answers):
        for opcode, payload in answers:
            self.expect(client, opcode, payload)

    def expect_alive(self, client):
        client.send_bytes(ping(b"alive"))
        self.expect(client, OPCODE_PONG, b"alive")

    def ways(self, frames):
        """The ways of sending frames that must make no difference."""
        stream = b"".join(frames)
        return {"in one write": [stream], "frame by frame": frames,
                "byte by byte": [stream[i:i + 1] for i in range(len(stream))]}

    def expect_answers(self, frames, answers):
        """The frames are answered with these, (opcode, payload) each, and the connection stays."""
        for way, pieces in self.ways(frames).items():
            with self.subTest(way), self.connect() as client:
                self.send_apart(client, pieces)
                self.expect_all(client, answers)
                self.expect_alive(client)

    def expect_failure(self, code, frames, answers=()):
        """The frames are answered with these, and then a Close with this code."""
        for way, pieces in self.ways(frames).items():
            with self.subTest(way, frames=[frame[:16].hex() for frame in frames]), self.connect() as client:
                try:
                    self.send_apart(client, pieces)
                except OSError:
                    pass  # what follows the mistake need not be taken
                self.expect_all(client, answers)
                frame = client.expect_close(code, skip=False)
                self.assertTrue(frame.fin and frame.rsv == 0 and frame.close_reason)
