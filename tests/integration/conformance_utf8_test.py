"""RFC 6455 sections 5.6 and 8.1 from outside, on the echo: text is UTF-8, and what is not ends the connection at once."""

import unittest

from support.conformance import INVALID_PAYLOAD, ConformanceCase, close, more, ping, text
from support.raw_client import OPCODE_BINARY, OPCODE_CONTINUATION, OPCODE_PONG, OPCODE_TEXT, encode_frame

GREEK = "κόσμε".encode()

VALID = [
    GREEK, "Hello-µ@ßöäüàá-UTF-8!!".encode(), b"\x00", b"\x7f", b"\xc2\x80", b"\xdf\xbf", b"\xe0\xa0\x80",
    b"\xed\x9f\xbf", b"\xee\x80\x80", b"\xef\xbf\xbd", b"\xef\xbf\xbe", b"\xef\xbf\xbf", b"\xf0\x90\x80\x80",
    b"\xf4\x8f\xbf\xbf", b"\xef\xbb\xbf", b"\xcc\x81" * 50,
    # Noncharacters are code points all the same.
    *(chr(plane << 16 | 0xFFFE | low).encode() for plane in range(17) for low in (0, 1)),
    *(chr(0xFDD0 + i).encode() for i in range(32)),
]

INVALID = {
    "a continuation byte alone": [b"\x80", b"\xbf", b"\x80\xbf" * 3, bytes(range(0x80, 0xC0))],
    "a lead byte alone": [bytes([lead]) + b" " for lead in range(0xC0, 0x100)],
    "a code point that is cut short": [b"\xc3", b"\xe2\x82", b"\xe2", b"\xf0\x9f\x98", b"\xf0\x9f", b"\xf0", b"\xe0\xa0",
                                       b"\xf4\x8f\xbf", b"\xc3\xe2\x82\xf0\x9f\x98"],
    "a code point that another interrupts": [b"\xe2\x82\xc3\xa9", b"\xc3\xc3\xa9", b"\xf0\x9f\x98A", b"\xe2\x28\xa1"],
    "bytes that UTF-8 never has": [b"\xfe", b"\xff", b"\xfe\xfe\xff\xff", b"\xc0\x80", b"\xc1\xbf", b"\xf5\x80\x80\x80"],
    "more bytes than needed": [b"\xc0\xaf", b"\xe0\x80\xaf", b"\xf0\x80\x80\xaf", b"\xf8\x80\x80\x80\xaf",
                               b"\xfc\x80\x80\x80\x80\xaf", b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xf0\x8f\xbf\xbf"],
    "five and six bytes": [b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80", b"\xfb\xbf\xbf\xbf\xbf"],
    "beyond U+10FFFF": [b"\xf4\x90\x80\x80", b"\xf7\xbf\xbf\xbf"],
    "surrogates": [b"\xed\xa0\x80", b"\xed\xad\xbf", b"\xed\xae\x80", b"\xed\xbf\xbf", b"\xed\xa0\x80\xed\xb0\x80",
                   b"\xed\xaf\xbf\xed\xbf\xbf"],
}


def first_wrong(payload):
    """How many bytes it takes to know that this is no UTF-8; None if only its end tells."""
    for size in range(1, len(payload) + 1):
        try:
            payload[:size].decode()
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                return size
    return None


class Utf8Test(ConformanceCase):
    def test_valid_text_comes_back_as_it_was(self):
        with self.connect() as client:
            for payload in VALID:
                payload.decode()
                client.send_bytes(text(payload) + text(payload * 200))
                self.expect(client, OPCODE_TEXT, payload)
                self.expect(client, OPCODE_TEXT, payload * 200)

    def test_text_may_be_cut_anywhere(self):
        with self.connect() as client:
            payload = b"".join(VALID[:16])
            for cut in range(len(payload) + 1):
                client.send_bytes(text(payload[:cut], fin=False) + ping(b"between") + more(payload[cut:]))
                self.expect(client, OPCODE_PONG, b"between")
                self.expect(client, OPCODE_TEXT, payload)
            client.send_bytes(b"".join(
                encode_frame(OPCODE_TEXT if i == 0 else OPCODE_CONTINUATION, payload[i:i + 1], fin=i == len(payload) - 1)
                for i in range(len(payload))))
            self.expect(client, OPCODE_TEXT, payload)

    def test_each_beginning_of_a_text_is_valid_or_refused(self):
        for size in range(1, len(GREEK) + 1):
            with self.subTest(size=size), self.connect() as client:
                client.send_bytes(text(GREEK[:size]))
                if GREEK[:size].decode(errors="replace").find("\ufffd") < 0:
                    self.expect(client, OPCODE_TEXT, GREEK[:size])
                else:
                    client.expect_close(INVALID_PAYLOAD, skip=False)

    def test_invalid_text_is_refused(self):
        for what, payloads in INVALID.items():
            for payload in payloads:
                with self.assertRaises(UnicodeDecodeError):
                    payload.decode()
                # Alone, behind long text, and in fragments that cut it at every byte.
                cut = [encode_frame(OPCODE_TEXT if i == 0 else OPCODE_CONTINUATION, payload[i:i + 1],
                                    fin=i == len(payload) - 1) for i in range(len(payload))]
                for stream in (text(payload), text(GREEK * 100 + payload), text(payload + b"x" * 300), b"".join(cut)):
                    with self.subTest(what, payload=payload.hex()), self.connect() as client:
                        client.send_bytes(stream)
                        client.expect_close(INVALID_PAYLOAD, skip=False)

    def test_invalid_text_is_refused_before_the_rest_has_come(self):
        for what, payloads in INVALID.items():
            for payload in payloads:
                size = first_wrong(payload)
                if size is None:
                    continue
                wrong = GREEK + payload[:size]
                for begun in (text(wrong, fin=False), text(wrong, declared_length=len(wrong) + 100_000),
                              text(GREEK, fin=False) + ping() + more(payload[:size], fin=False)):
                    with self.subTest(what, payload=payload.hex()), self.connect() as client:
                        client.send_bytes(begun)
                        answer = client.read_frame()
                        if answer.opcode == OPCODE_PONG:
                            answer = client.read_frame()
                        self.assertEqual(answer.close_code, INVALID_PAYLOAD)

    def test_what_only_the_end_makes_invalid_is_waited_for(self):
        with self.connect() as client:
            client.send_bytes(text(b"\xf0\x9f", fin=False) + ping(b"still here"))
            self.expect(client, OPCODE_PONG, b"still here")
            client.send_bytes(more(b"\x98", fin=False) + ping(b"and here"))
            self.expect(client, OPCODE_PONG, b"and here")
            client.send_bytes(more(b""))
            client.expect_close(INVALID_PAYLOAD, skip=False)

    def test_messages_before_invalid_text_are_answered(self):
        self.expect_failure(INVALID_PAYLOAD, [text(b"right"), text(b"\xff"), text(b"late")], [(OPCODE_TEXT, b"right")])

    def test_binary_messages_and_pings_may_hold_anything(self):
        with self.connect() as client:
            for payload in (payload for payloads in INVALID.values() for payload in payloads):
                client.send_frame(OPCODE_BINARY, payload)
                self.expect(client, OPCODE_BINARY, payload)
                client.send_bytes(ping(payload))
                self.expect(client, OPCODE_PONG, payload)

    def test_a_close_reason_is_utf8_too(self):
        for payloads in INVALID.values():
            for payload in payloads:
                with self.subTest(payload=payload.hex()), self.connect() as client:
                    client.send_bytes(close(1000, payload))
                    client.expect_close(INVALID_PAYLOAD, skip=False)


if __name__ == "__main__":
    unittest.main()
