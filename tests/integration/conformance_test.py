"""RFC 6455 from outside, case by case, on the echo: framing, reserved parts, control frames, fragments, limits."""

import struct
import unittest

from support.conformance import DATA, PROTOCOL_ERROR, ConformanceCase, more, ping, text
from support.raw_client import (OPCODE_BINARY, OPCODE_CLOSE, OPCODE_PING, OPCODE_PONG, OPCODE_TEXT, RawClient,
                                OPCODE_CONTINUATION, encode_frame)

KIBIBYTE = 1 << 10
MEBIBYTE = 1 << 20


class FramingTest(ConformanceCase):
    SIZES = (0, 1, 2, 124, 125, 126, 127, 128, 255, 256, 65534, 65535, 65536, 65537, 100_000, MEBIBYTE)

    def test_messages_of_every_form_of_length_come_back_whole(self):
        with self.connect() as client:
            for size in self.SIZES:
                for opcode, unit in ((OPCODE_TEXT, b"*"), (OPCODE_BINARY, b"\xfe")):
                    with self.subTest(size=size, opcode=opcode):
                        client.send_frame(opcode, unit * size)
                        self.expect(client, opcode, unit * size)

    def test_answers_have_the_shortest_form_of_length(self):
        with self.connect() as client:
            for size, head in ((0, b"\x82\x00"), (125, b"\x82\x7d"), (126, b"\x82\x7e\x00\x7e"),
                               (65535, b"\x82\x7e\xff\xff"), (65536, b"\x82\x7f" + struct.pack("!Q", 65536))):
                client.send_frame(OPCODE_BINARY, b"x" * size)
                deadline = client._deadline(None)
                self.assertEqual(client._take(len(head) + size, deadline), head + b"x" * size)

    def test_lengths_in_a_longer_form_than_needed_are_refused(self):
        for opcode in DATA:
            for size, form in ((0, 16), (125, 16), (0, 64), (125, 64), (126, 64), (65535, 64)):
                with self.connect() as client:
                    client.send_frame(opcode, b"x" * size, length_form=form)
                    client.expect_close(PROTOCOL_ERROR, skip=False)

    def test_a_length_with_its_highest_bit_set_is_refused(self):
        for length in (1 << 63, (1 << 64) - 1):
            self.expect_failure(PROTOCOL_ERROR, [encode_frame(OPCODE_BINARY, b"", declared_length=length)])

    def test_masks_of_all_kinds_are_taken_off(self):
        with self.connect() as client:
            for mask in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x80\0\0\0", b"\0\0\0\x01", b"abcd"):
                for size in (*range(18), 63, 64, 65, 1000):
                    payload = bytes(i & 0x7F for i in range(size))
                    client.send_bytes(text(payload, mask=mask))
                    self.expect(client, OPCODE_TEXT, payload)

    def test_frames_without_a_mask_are_refused(self):
        for opcode in (OPCODE_TEXT, OPCODE_BINARY, OPCODE_PING, OPCODE_PONG, OPCODE_CLOSE):
            for payload in (b"", b"\x03\xe8"):
                self.expect_failure(PROTOCOL_ERROR, [encode_frame(opcode, payload, mask=None)])
        self.expect_failure(PROTOCOL_ERROR, [text(b"begun", fin=False), more(b"unmasked", mask=None)])
        self.expect_failure(PROTOCOL_ERROR, [text(b"a" * 200, mask=None)])

    def test_a_frame_may_be_cut_anywhere_in_its_header(self):
        with self.connect() as client:
            for size, header in ((5, 6), (0, 6), (125, 6), (126, 8), (65535, 8), (65536, 14)):
                for opcode in DATA:
                    frame = encode_frame(opcode, b"x" * size)
                    for cut in range(1, min(header + 2, len(frame))):
                        with self.subTest(size=size, cut=cut):
                            self.send_apart(client, [frame[:cut], frame[cut:]])
                            self.expect(client, opcode, b"x" * size)

    def test_a_frame_may_come_byte_by_byte(self):
        for size in (0, 1, 125, 126, 300):
            payload = b"\xc3\xa9" * (size // 2) + b"x" * (size % 2)
            self.expect_answers([text(payload)], [(OPCODE_TEXT, payload)])

    def test_large_messages_may_come_in_small_pieces(self):
        with self.connect() as client:
            for size, piece in ((65536, 997), (MEBIBYTE, 64 * KIBIBYTE), (MEBIBYTE, 1000)):
                frame = encode_frame(OPCODE_TEXT, b"*" * size)
                for i in range(0, len(frame), piece):
                    client.send_bytes(frame[i:i + piece])
                self.expect(client, OPCODE_TEXT, b"*" * size)

    def test_frames_in_one_write_are_answered_in_order(self):
        frames, answers = [], []
        for i in range(300):
            frames += [text(f"text {i}"), ping(b"%d" % i), encode_frame(OPCODE_BINARY, b"\xff" * i)]
            answers += [(OPCODE_TEXT, f"text {i}"), (OPCODE_BINARY, b"\xff" * i)]
        with self.connect() as client:
            client.send_bytes(b"".join(frames))
            got = [client.read_frame() for _ in range(900)]
        # A pong may overtake messages that wait for their turn, but nothing of its kind.
        self.assertEqual([f.payload for f in got if f.opcode == OPCODE_PONG], [b"%d" % i for i in range(300)])
        self.assertEqual([(f.opcode, f.payload) for f in got if f.opcode != OPCODE_PONG],
                         [(opcode, p.encode() if isinstance(p, str) else p) for opcode, p in answers])


class LimitsTest(ConformanceCase):
    """Large messages, in one frame, in many, and in many small writes."""

    def test_messages_of_many_mebibytes_come_back(self):
        with self.connect() as client:
            client.timeout = 60
            for size in (4 * MEBIBYTE, 16 * MEBIBYTE):
                for opcode in DATA:
                    client.send_frame(opcode, b"x" * size)
                    self.expect(client, opcode, b"x" * size)

    def test_a_large_message_may_come_in_many_fragments(self):
        with self.connect() as client:
            client.timeout = 60
            for size, part in ((65536, 1300), (MEBIBYTE, 64), (MEBIBYTE, 256 * KIBIBYTE)):
                for opcode in DATA:
                    count = -(-size // part)
                    client.send_bytes(b"".join(
                        encode_frame(opcode if i == 0 else OPCODE_CONTINUATION,
                                     b"x" * min(part, size - i * part), fin=i == count - 1) for i in range(count)))
                    self.expect(client, opcode, b"x" * size)

    def test_a_thousand_messages_one_after_another_come_back(self):
        with self.connect() as client:
            for size in (0, 16, 256, 4096):
                for opcode in DATA:
                    for _ in range(1000):
                        client.send_frame(opcode, b"x" * size, mask=b"\0\0\0\0")
                        self.assertEqual(len(client.read_frame().payload), size)


class ReservedTest(ConformanceCase):
    def test_reserved_bits_are_refused_in_every_frame(self):
        for rsv in range(1, 8):
            for opcode in (*DATA, OPCODE_PING, OPCODE_PONG, OPCODE_CLOSE):
                payload = struct.pack("!H", 1000) if opcode == OPCODE_CLOSE else b"payload"
                self.expect_failure(PROTOCOL_ERROR, [encode_frame(opcode, payload, rsv=rsv)])
        for rsv in (1, 2, 4):
            self.expect_failure(PROTOCOL_ERROR, [text(b"a", fin=False), more(b"b", rsv=rsv)])

    def test_reserved_opcodes_are_refused(self):
        for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
            for payload in (b"", b"reserved"):
                self.expect_failure(PROTOCOL_ERROR, [encode_frame(opcode, payload)])
            self.expect_failure(PROTOCOL_ERROR, [text(b"a", fin=False), encode_frame(opcode, b"b")])

    def test_what_came_before_a_mistake_is_answered_and_what_comes_after_is_not(self):
        for wrong in (text(b"wrong", rsv=2), encode_frame(5, b"wrong"), encode_frame(13, b""), more(b"wrong")):
            self.expect_failure(PROTOCOL_ERROR, [text(b"right"), wrong, ping(b"late"), text(b"late")],
                                [(OPCODE_TEXT, b"right")])

    def test_a_first_byte_is_enough_to_be_refused(self):
        for first in (0xC1, 0xA1, 0x91, 0x83, 0x8B, 0x09, 0x08, 0x80, 0x00):
            with self.subTest(first=first), self.connect() as client:
                client.send_bytes(bytes([first]))
                client.expect_close(PROTOCOL_ERROR, skip=False)

    def test_no_other_extension_than_permessage_deflate_is_agreed_on(self):
        for offer in ("x-unknown", "permessage-bzip2", "x-webkit-deflate-frame", "permessage-deflate2; a=1"):
            with self.subTest(offer), self.connect() as probe:
                with RawClient(self.server.host, self.server.port) as client:
                    response = client.upgrade("/", {"Sec-WebSocket-Extensions": offer}).expect(101)
                    self.assertNotIn("sec-websocket-extensions", response.headers)
                    client.send_text("as it is")
                    self.expect(client, OPCODE_TEXT, "as it is")
                    client.send_bytes(text(b"\xf2\x48\xcd\xc9\xc9\x07\x00", rsv=4))
                    client.expect_close(PROTOCOL_ERROR, skip=False)
                self.expect_alive(probe)


class ControlFrameTest(ConformanceCase):
    def test_a_ping_is_answered_with_its_payload(self):
        for payload in (b"", b"Hello", bytes(range(125)), b"\xff\xfe\xfd\x00", b"*" * 125):
            self.expect_answers([ping(payload)], [(OPCODE_PONG, payload)])

    def test_pings_are_answered_in_order(self):
        payloads = [b"payload %d" % i for i in range(10)]
        self.expect_answers([ping(payload) for payload in payloads],
                            [(OPCODE_PONG, payload) for payload in payloads])

    def test_pongs_nobody_asked_for_are_ignored(self):
        for payload in (b"", b"unasked", b"\xff" * 125):
            self.expect_answers([encode_frame(OPCODE_PONG, payload), ping(b"asked")], [(OPCODE_PONG, b"asked")])

    def test_control_frames_are_at_most_125_bytes_long(self):
        for opcode in (OPCODE_PING, OPCODE_PONG, OPCODE_CLOSE):
            for size in (126, 127, 65536):
                with self.subTest(opcode=opcode, size=size), self.connect() as client:
                    client.send_bytes(encode_frame(opcode, b"\x03\xe8" + b"x" * (size - 2)))
                    client.expect_close(PROTOCOL_ERROR, skip=False)

    def test_control_frames_are_not_fragmented(self):
        for opcode in (OPCODE_PING, OPCODE_PONG, OPCODE_CLOSE):
            self.expect_failure(PROTOCOL_ERROR, [encode_frame(opcode, b"\x03\xe8", fin=False), more(b"rest")])

    def test_pings_before_within_and_after_a_message_are_answered(self):
        self.expect_answers(
            [ping(b"before"), text(b"one ", fin=False), ping(b"within"), more(b"two ", fin=False), ping(b""),
             ping(b"again"), more(b"three"), ping(b"after")],
            [(OPCODE_PONG, b"before"), (OPCODE_PONG, b"within"), (OPCODE_PONG, b""), (OPCODE_PONG, b"again"),
             (OPCODE_TEXT, b"one two three"), (OPCODE_PONG, b"after")])


class FragmentationTest(ConformanceCase):
    def test_fragments_are_put_together(self):
        for opcode in DATA:
            for parts in ([b"frag1", b"frag2"], [b"", b""], [b"", b"x", b""], [b"a"] * 100, [b"x" * 200, b"y" * 70000],
                          [b"", b"", b"", b"end"], ["é".encode()[:1], "é".encode()[1:]]):
                frames = [encode_frame(opcode if i == 0 else OPCODE_CONTINUATION, part, fin=i == len(parts) - 1)
                          for i, part in enumerate(parts)]
                with self.subTest(parts=[part[:9] for part in parts]), self.connect() as client:
                    for pieces in ([b"".join(frames)], frames):
                        self.send_apart(client, pieces)
                        self.expect(client, opcode, b"".join(parts))

    def test_control_frames_may_stand_between_fragments(self):
        self.expect_answers([text(b"frag1", fin=False), ping(b"ping"), more(b"frag2")],
                            [(OPCODE_PONG, b"ping"), (OPCODE_TEXT, b"frag1frag2")])
        self.expect_answers(
            [text(b"1", fin=False), encode_frame(OPCODE_PONG, b"unasked"), more(b"2", fin=False), ping(b"p1"),
             more(b"3", fin=False), more(b"4", fin=False), ping(b"p2"), more(b"5")],
            [(OPCODE_PONG, b"p1"), (OPCODE_PONG, b"p2"), (OPCODE_TEXT, b"12345")])

    def test_a_ping_between_the_bytes_of_a_code_point_does_not_disturb_it(self):
        parts = "\U0001F30D".encode()
        frames = [text(parts[:1], fin=False)]
        for i in (1, 2):
            frames += [ping(b"\xff"), more(parts[i:i + 1], fin=False)]
        self.expect_answers(frames + [more(parts[3:])],
                            [(OPCODE_PONG, b"\xff"), (OPCODE_PONG, b"\xff"), (OPCODE_TEXT, parts)])

    def test_a_continuation_without_a_start_is_refused(self):
        for fin in (True, False):
            for payload in (b"", b"nothing to continue"):
                self.expect_failure(PROTOCOL_ERROR, [more(payload, fin=fin), text(b"late")])
            self.expect_failure(
                PROTOCOL_ERROR, [text(b"one ", fin=False), more(b"two"), more(b"three", fin=fin), text(b"late")],
                [(OPCODE_TEXT, b"one two")])

    def test_a_message_within_a_message_is_refused(self):
        for first in DATA:
            for second in DATA:
                for fin in (True, False):
                    self.expect_failure(PROTOCOL_ERROR, [encode_frame(first, b"begun", fin=False),
                                                         encode_frame(second, b"another", fin=fin)])

    def test_messages_after_a_fragmented_one_are_as_before(self):
        self.expect_answers([text(b"a", fin=False), more(b"b"), text(b"c"), encode_frame(OPCODE_BINARY, b"", fin=False),
                             more(b""), text(b"")],
                            [(OPCODE_TEXT, b"ab"), (OPCODE_TEXT, b"c"), (OPCODE_BINARY, b""), (OPCODE_TEXT, b"")])


if __name__ == "__main__":
    unittest.main()
