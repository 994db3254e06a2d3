"""Attacks by what a few connections send: floods of frames, and messages that would cost more than they do."""

import time
import zlib

from attacks.siege import MEBIBYTE, attack
from support.attack import upgrade_request
from support.raw_client import encode_frame

NO_MASK = b"\0\0\0\0"  # is a mask, and costs the attacker nothing
# Of each connection 256 frames are handled in a turn: who comes next waits for all turns.
FLOOD_DELAY = 1.5  # seconds
# Where messages have no rate each of those thousands is handled, and answered: it is as slow as the messages are dear.
UNLIMITED_DELAY = 5.0  # seconds


def _inside(siege, crowd, count, path="/room/?name=flood", headers=(), **options):
    peers = crowd.connect(count, **options)
    crowd.send(peers, upgrade_request(path, headers=headers))
    siege.check(crowd.run(10, until=lambda: all(b'"status_code":200' in peer.received for peer in peers)),
                "peers were not let in")
    return peers


def _flood(crowd, peers, data, seconds):
    """Sends as much of it as the server takes, for so long; how many of them went out."""
    sent = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end and not all(peer.ended for peer in peers):
        for peer in peers:
            if not peer.ended and len(peer.unsent) < len(data):
                crowd.send(peer, data)
                sent += 1
        crowd.poll(0.001)
    return sent


def _closed_with(siege, crowd, peers, code):
    crowd.run(15, until=lambda: all(peer.close_code is not None or peer.ended for peer in peers))
    codes = {peer.close_code for peer in peers}
    siege.check(codes == {code}, f"closed with {codes} instead of {code}")
    return f"Close {code}"


@attack("pings as fast as they go, by 50 connections", bound="256 frames of one connection at a time",
        small={"peers": 50, "seconds": 1}, full={"peers": 50, "seconds": 10}, delay=FLOOD_DELAY)
def ping_flood(siege, peers, seconds):
    pings = encode_frame(9, b"0123456789", mask=NO_MASK) * 1000
    with siege.crowd() as crowd:
        flooding = _inside(siege, crowd, peers)
        with siege.under_attack():
            sent = _flood(crowd, flooding, pings, seconds)
        siege.check(not any(peer.ended for peer in flooding), "some were ended")
        return f"pongs, for {sent * 1000 / seconds / 1e6:.1f} million pings a second"


@attack("pings as fast as they go, without reading the pongs", bound="of pongs that wait only the latest is kept",
        small={"peers": 50, "seconds": 1}, full={"peers": 50, "seconds": 10}, memory=32 * MEBIBYTE, delay=FLOOD_DELAY)
def ping_flood_unread(siege, peers, seconds):
    pings = encode_frame(9, b"0123456789", mask=NO_MASK) * 1000
    with siege.crowd() as crowd:
        flooding = _inside(siege, crowd, peers, receive_buffer=4096)
        for peer in flooding:
            crowd.stop_reading(peer)
        with siege.under_attack():
            _flood(crowd, flooding, pings, seconds)
        siege.check(not any(peer.ended for peer in flooding), "some were ended")
        return "nothing more than it reads; stays connected"


@attack("tiny messages as fast as they go, by 50 connections",
        bound="256 frames of one connection at a time; rate limits where set",
        small={"peers": 50, "seconds": 1}, full={"peers": 50, "seconds": 10}, memory=256 * MEBIBYTE,
        delay=UNLIMITED_DELAY)
def message_flood(siege, peers, seconds):
    messages = encode_frame(1, b'{"action":"ping"}', mask=NO_MASK) * 500
    with siege.crowd() as crowd:
        flooding = _inside(siege, crowd, peers)
        with siege.under_attack():
            sent = _flood(crowd, flooding, messages, seconds)
        siege.check(not any(peer.ended for peer in flooding), "some were ended")
        return f"answers, for {sent * 500 / seconds / 1e6:.1f} million messages a second"


@attack("tiny messages as fast as they go, where messages have a rate",
        bound="`message_rate` (here {rate} a second) and `max_rate_limited` (100)",
        settings=lambda rate, **_: [f"message_rate={rate}"], small={"peers": 50, "seconds": 1, "rate": 200},
        full={"peers": 50, "seconds": 10, "rate": 200}, delay=FLOOD_DELAY)
def rate_limited_flood(siege, peers, seconds, rate):
    messages = encode_frame(1, b'{"action":"ping"}', mask=NO_MASK) * 500
    with siege.crowd(keep=1 << 20) as crowd:
        flooding = _inside(siege, crowd, peers)
        with siege.under_attack():
            _flood(crowd, flooding, messages, seconds)
            told = _closed_with(siege, crowd, flooding, 1008)
        siege.check(all(b"rate_limited" in peer.received for peer in flooding), "some were not told")
        return f"`error` with `rate_limited`, then {told}"


@attack("a message in empty fragments without end", bound="`max_message_fragments` (131 072)",
        small={"peers": 10}, full={"peers": 50}, delay=FLOOD_DELAY)
def empty_fragments(siege, peers):
    fragments = encode_frame(0, b"", fin=False, mask=NO_MASK) * 10_000
    with siege.crowd() as crowd:
        flooding = _inside(siege, crowd, peers)
        with siege.under_attack():
            crowd.send(flooding, encode_frame(1, b"x", fin=False, mask=NO_MASK))
            _flood(crowd, flooding, fragments, 20)
            return _closed_with(siege, crowd, flooding, 1009)


@attack("messages as fast as they go, without reading the answers", bound="`max_outbox_bytes` ({outbox} bytes each)",
        settings=lambda outbox, **_: [f"max_outbox_bytes={outbox}"],
        small={"peers": 20, "seconds": 6, "outbox": 65536}, full={"peers": 50, "seconds": 30, "outbox": 4 * MEBIBYTE},
        memory=400 * MEBIBYTE, delay=FLOOD_DELAY)
def message_flood_unread(siege, peers, seconds, outbox):
    word = "x" * 8000
    message = encode_frame(1, f'{{"action":"say","payload":"{word}"}}', mask=NO_MASK) * 10
    with siege.crowd() as crowd:
        # Each in a room of its own, or they would hear each other.
        flooding = []
        for number in range(peers):
            flooding += _inside(siege, crowd, 1, f"/room/?name=flood{number}", receive_buffer=4096)
        for peer in flooding:
            crowd.stop_reading(peer)
        with siege.under_attack():
            _flood(crowd, flooding, message, seconds)
        ended = sum(peer.ended for peer in flooding)
        siege.check(ended == peers, f"{ended} of {peers} were ended")
        return "Close 1013, and the end"


@attack("messages that are not valid, as fast as they go", bound="256 frames at a time; `message_rate` where set",
        small={"peers": 50, "seconds": 1}, full={"peers": 50, "seconds": 10}, memory=256 * MEBIBYTE,
        delay=UNLIMITED_DELAY)
def invalid_messages(siege, peers, seconds):
    kinds = (b"{", b"[" * 1000, b'{"action":"none"}', b'{"action":"say","payload":7}',
             b'{"a":' * 64 + b"1" + b"}" * 64, b'"' + b"\\u0000" * 50)
    messages = b"".join(encode_frame(1, kind, mask=NO_MASK) for kind in kinds * 20)
    with siege.crowd() as crowd:
        flooding = _inside(siege, crowd, peers)
        with siege.under_attack():
            sent = _flood(crowd, flooding, messages, seconds)
        siege.check(not any(peer.ended for peer in flooding), "some were ended")
        return f"an `error` for each, {sent * len(kinds) * 20 / seconds / 1000:.0f} thousand a second"


@attack("frames that declare 1 GiB, by 50 connections at a time",
        bound="`max_message_size` (1 MiB), by the frame's header",
        small={"seconds": 1}, full={"seconds": 10}, memory=32 * MEBIBYTE)
def gibibyte(siege, seconds):
    frame = encode_frame(1, b"x" * 4096, declared_length=1 << 30, mask=NO_MASK)
    with siege.crowd() as crowd, siege.under_attack():
        ended, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            flooding = _inside(siege, crowd, 50)
            crowd.send(flooding, frame)
            told = _closed_with(siege, crowd, flooding, 1009)
            ended += len(flooding)
    return f"{told}, {ended / seconds:.0f} of them a second"


@attack("decompression bombs, {ratio} times as large as they are sent, by 50 connections at a time",
        bound="`max_message_size` (1 MiB) of what it decompresses to, as it is reached",
        settings=lambda **_: ["compression=1"], small={"seconds": 1, "ratio": 1000}, full={"seconds": 10, "ratio": 1000},
        memory=128 * MEBIBYTE)
def bomb(siege, seconds, ratio):
    # A mebibyte of zeros again and again, together as large as may be sent: it would be a gibibyte.
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = compressor.compress(b"\0" * MEBIBYTE) + compressor.flush(zlib.Z_FULL_FLUSH)
    siege.check(MEBIBYTE / len(block) > ratio * 0.95, f"{MEBIBYTE / len(block):.0f} times as large only")
    payload = (block * (MEBIBYTE // len(block)))[:-4]
    frame = encode_frame(1, payload, rsv=4, mask=NO_MASK)
    with siege.crowd() as crowd, siege.under_attack():
        ended, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            flooding = _inside(siege, crowd, 50, headers=[("Sec-WebSocket-Extensions", "permessage-deflate")])
            siege.check(all(b"permessage-deflate" in peer.received for peer in flooding), "not agreed on")
            crowd.send(flooding, frame)
            told = _closed_with(siege, crowd, flooding, 1009)
            ended += len(flooding)
    return f"{told}, {ended / seconds:.0f} of them a second"


@attack("messages of nearly 1 MiB that never end", bound="`max_message_size` each; memory grows with what has come",
        small={"peers": 20}, full={"peers": 200}, memory=450 * MEBIBYTE)
def unfinished_messages(siege, peers):
    with siege.crowd() as crowd:
        flooding = _inside(siege, crowd, peers)
        with siege.under_attack():
            crowd.send(flooding, encode_frame(1, b"x" * (MEBIBYTE - 10), declared_length=MEBIBYTE, mask=NO_MASK))
            siege.check(crowd.run(15, until=lambda: not any(peer.unsent for peer in flooding)), "not all was taken")
            crowd.run(0.5)
        siege.check(not any(peer.ended for peer in flooding), "some were ended")
        return "stays connected; what it sent is held"
