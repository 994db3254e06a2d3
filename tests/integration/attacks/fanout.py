"""Clients that do not read what a large group is told."""

import functools
import time

from attacks.grounds import TargetGround
from attacks.siege import MEBIBYTE, attack
from support.attack import upgrade_request
from support.raw_client import encode_frame


def _members(siege, crowd, count, **options):
    peers = []
    while len(peers) < count:
        batch = crowd.connect(min(250, count - len(peers)), **options)
        crowd.send(batch, upgrade_request("/room/?name=crowd"))
        siege.check(crowd.run(20, until=lambda: all(b"status_code" in peer.received for peer in batch)), "not let in")
        peers += batch
    return peers


class Speaker:
    """Tells the whole room something at intervals."""

    def __init__(self, crowd, peer, size, interval, action="say"):
        self._crowd, self._peer, self._interval = crowd, peer, interval
        text = f'{{"action":"{action}","payload":"{"x" * size}"}}'
        self._message = encode_frame(1, text, mask=b"\0\0\0\0")
        self._due = 0.0
        self.said = 0

    def __call__(self):
        now = time.monotonic()
        if now >= self._due and not self._peer.unsent:
            self._crowd.send(self._peer, self._message)
            self._due = now + self._interval
            self.said += 1


class _Seldom:
    """Asks a few times a second only."""

    def __init__(self, condition):
        self._condition, self._due, self._holds = condition, 0.0, False

    def __call__(self):
        now = time.monotonic()
        if now >= self._due:
            self._holds, self._due = self._condition(), now + 0.3
        return self._holds


@attack("a stalled reader among {members} members of a group that is told {size} bytes {each_second} times a second",
        bound="`max_outbox_bytes` (here {outbox})",
        settings=lambda outbox, **_: [f"max_outbox_bytes={outbox}"],
        small={"members": 100, "size": 32768, "each_second": 40, "outbox": 262144},
        full={"members": 1000, "size": 16384, "each_second": 20, "outbox": 4 * MEBIBYTE},
        ground=functools.partial(TargetGround, room="crowd"), memory=24 * MEBIBYTE)
def stalled_reader(siege, members, size, each_second, outbox):
    with siege.crowd(keep=1024) as crowd:
        peers = _members(siege, crowd, members)
        speak = Speaker(crowd, peers[0], size, 1 / each_second)
        # Life in the group as it is without the stalled one: for a second, while the normal clients talk as well.
        siege.calm_from = time.monotonic()
        crowd.run(2 * siege.calm, every=speak, interval=0.01)
        with siege.under_attack():
            stalled = _members(siege, crowd, 1, receive_buffer=4096)[0]
            crowd.stop_reading(stalled)
            told, out = speak.said, _Seldom(lambda: siege.stats()["memberships"] == members + 2)
            # What the kernel takes of its own comes before the outbox: at most 4 MiB here.
            most = (outbox + 6 * MEBIBYTE) / size / each_second * 3 + 10
            siege.check(crowd.run(most, until=out, every=speak, interval=0.01), "it is still a member")
            told = speak.said - told
        siege.check(told * size >= outbox, f"out after {told} messages of {size} bytes")
        siege.check(not any(peer.ended for peer in peers), "others were ended")
        stalled.keep = 1 << 30
        crowd.read_on(stalled)
        siege.check(crowd.run(10, until=lambda: stalled.ended), "it was not ended")
        siege.check(stalled.close_code == 1013, lambda: f"closed with {stalled.close_code}")
        return f"Close 1013 after {told} messages, {told * size / MEBIBYTE:.1f} MiB, with what the kernel holds"


@attack("a stalled reader of messages of which only the `latest` counts", bound="one message, the newest",
        settings=lambda outbox, **_: [f"max_outbox_bytes={outbox}"],
        small={"members": 100, "size": 32768, "each_second": 40, "outbox": 262144, "seconds": 4},
        full={"members": 1000, "size": 16384, "each_second": 20, "outbox": 4 * MEBIBYTE, "seconds": 20},
        ground=functools.partial(TargetGround, room="crowd"), memory=16 * MEBIBYTE)
def stalled_reader_of_latest(siege, members, size, each_second, outbox, seconds):
    with siege.crowd(keep=1024) as crowd:
        peers = _members(siege, crowd, members)
        speak = Speaker(crowd, peers[0], size, 1 / each_second, action="tell")
        siege.calm_from = time.monotonic()
        crowd.run(2 * siege.calm, every=speak, interval=0.01)
        with siege.under_attack():
            stalled = _members(siege, crowd, 1, receive_buffer=4096)[0]
            crowd.stop_reading(stalled)
            told = speak.said
            crowd.run(seconds, every=speak, interval=0.01)
            told = speak.said - told
        siege.check(siege.stats()["memberships"] == members + 3, "it is no member any more")
        siege.check(not any(peer.ended for peer in peers), "others were ended")
        before = stalled.total
        crowd.read_on(stalled)
        crowd.run(10, until=lambda: stalled.total - before >= outbox)
        crowd.run(1)
        siege.check(not stalled.ended, "it was ended")
        came = (stalled.total - before) / size
        siege.check(1 <= came < told, f"{came} of {told} messages came")
        return f"{came:.0f} of {told} messages, which the kernel held, and the newest; stays connected"
