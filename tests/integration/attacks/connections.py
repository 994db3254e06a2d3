"""Attacks by the number of connections, and by how slowly each of them goes on."""

import time

from attacks.siege import MEBIBYTE, attack
from support.attack import upgrade_request
from support.raw_client import encode_frame


def _seconds(peers):
    """How long they were let be: the shortest and the longest."""
    times = [peer.ended_at - peer.began_at for peer in peers]
    return f"after {min(times):.1f} to {max(times):.1f} s"


def _let_in(siege, crowd, count, path):
    """Connections that have been upgraded, and let in where they are asked who they are."""
    peers = []
    while len(peers) < count:
        batch = crowd.connect(min(250, count - len(peers)))
        crowd.send(batch, upgrade_request(path))
        siege.check(crowd.run(20, until=lambda: all(b'"status_code":200' in peer.received for peer in batch)),
                    "peers were not let in")
        peers += batch
    return peers


@attack("slow-loris: heads of requests, a byte a second each",
        bound="`request_timeout` (15 s) for a whole head",
        settings=lambda timeout, **_: [f"request_timeout={timeout}", "close_timeout=1000"],
        small={"peers": 2000, "timeout": 2000}, full={"peers": 2000, "timeout": 15000})
def slow_heads(siege, peers, timeout):
    with siege.crowd() as crowd, siege.under_attack():
        slow = crowd.connect(peers)
        head = b"GET /stats HTTP/1.1\r\nHost: a\r\nX-Filler: " + b"x" * 100_000
        siege.check(crowd.trickle(slow, head, interval=timeout / 15_000, seconds=timeout / 1000 * 2 + 10),
                    "some were not ended")
        siege.check({peer.status for peer in slow} == {408}, lambda: str({peer.status for peer in slow}))
        shortest = min(peer.ended_at - peer.began_at for peer in slow)
        siege.check(shortest >= timeout / 1000 * 0.9, f"one was ended after {shortest} s")
        return f"408 and the end {_seconds(slow)}"


@attack("slow-loris: WebSockets that send a byte of a message now and then",
        bound="connections, `max_message_size`; memory grows with what has come only",
        small={"peers": 2000, "seconds": 2}, full={"peers": 2000, "seconds": 20}, memory=48 * MEBIBYTE)
def slow_messages(siege, peers, seconds):
    with siege.crowd(keep=1024) as crowd, siege.under_attack():
        slow = _let_in(siege, crowd, peers, "/room/?name=slow")
        # Each says that it is about to send a whole mebibyte.
        crowd.send(slow, encode_frame(1, b"", declared_length=MEBIBYTE, mask=b"\0\0\0\0"))
        crowd.trickle(slow, b'{"action":"say","payload":"' + b"x" * 10_000, interval=0.5, seconds=seconds)
        siege.check(not any(peer.ended for peer in slow), "some were ended")
        siege.check(siege.stats()["sessions"] == peers + 2, "some were ended")
        return "stays connected, and has a place as any other"


@attack("connections that say nothing",
        bound="`request_timeout` (15 s)",
        settings=lambda timeout, **_: [f"request_timeout={timeout}"],
        small={"peers": 2000, "timeout": 2000}, full={"peers": 5000, "timeout": 15000})
def silent_connections(siege, peers, timeout):
    with siege.crowd() as crowd, siege.under_attack():
        silent = crowd.connect(peers)
        siege.check(crowd.run(timeout / 1000 + 10, until=lambda: all(peer.ended for peer in silent)),
                    "some were not ended")
        siege.check(not any(peer.total for peer in silent), "something was answered")
        return f"the end {_seconds(silent)}"


@attack("a connection flood: connect and close, or reset, as fast as it goes",
        bound="each is accepted and forgotten; the others' turn comes in between",
        small={"seconds": 1}, full={"seconds": 10})
def connection_flood(siege, seconds):
    with siege.crowd(keep=64) as crowd, siege.under_attack():
        made, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            for number, peer in enumerate(crowd.connect(100)):
                if number % 4 == 0:
                    crowd.send(peer, b"GET /stats HTTP/1.1\r\nHost: a\r\n\r\n")
                (crowd.reset if number % 2 else crowd.vanish)(peer)
            made += 100
        siege.check(made > 100 * seconds, f"a flood of {made} only")
        return f"{made / seconds:.0f} connections a second, accepted"


@attack("upgrade and vanish",
        bound="`on_disconnect` runs and everything is given back",
        small={"peers": 2000}, full={"peers": 10_000})
def upgrade_and_vanish(siege, peers):
    request = upgrade_request("/member/")
    with siege.crowd(keep=64) as crowd, siege.under_attack():
        for wave in range(peers // 500):
            batch = crowd.connect(500)
            crowd.send(batch, request)
            if wave % 2:
                siege.check(crowd.run(10, until=lambda: all(peer.total for peer in batch)), "some were not answered")
            for number, peer in enumerate(batch):
                (crowd.reset if number % 2 else crowd.vanish)(peer)
    siege.check(siege.stats()["entered"] > 0, "nobody came in")
    return "101, and its session is gone with it"


@attack("more connections than there are places",
        bound="`max_connections` (here {places}); told by 503 with Retry-After, 128 for each loop at a time",
        settings=lambda places, **_: [f"max_connections={places}"],
        small={"places": 500, "peers": 1500}, full={"places": 2000, "peers": 6000})
def too_many_connections(siege, places, peers):
    with siege.crowd() as crowd, siege.under_attack():
        # Two normal clients have places, too.
        held = crowd.connect(places - 2)
        crowd.send(held, b"GET /stats HTTP/1.1\r\nHost: a\r\n\r\n")
        siege.check(crowd.run(15, until=lambda: all(peer.status == 200 for peer in held)), "not all had a place")
        late = crowd.connect(peers)
        crowd.send(late, b"GET /stats HTTP/1.1\r\nHost: a\r\n\r\n")
        siege.check(crowd.run(15, until=lambda: all(peer.ended for peer in late)), "some were not ended")
        told = sum(peer.status == 503 for peer in late)
        closed = sum(peer.total == 0 for peer in late)
        siege.check(told and told + closed == peers, f"{told} told, {closed} closed of {peers}")
        return f"503 ({told * 100 // peers} %), or closed without a word"


@attack("out of descriptors",
        bound="accepting pauses for 100 ms at a time; who is there is served",
        small={"peers": 400, "limit": 100, "seconds": 1}, full={"peers": 2000, "limit": 1000, "seconds": 10})
def no_descriptors(siege, peers, limit, seconds):
    import resource

    with siege.crowd() as crowd:
        hard = resource.prlimit(siege.server.pid, resource.RLIMIT_NOFILE)[1]
        with siege.under_attack():
            resource.prlimit(siege.server.pid, resource.RLIMIT_NOFILE, (limit, hard))
            held = crowd.connect(peers)
            siege.server.wait_for_output("why=accept")
            crowd.run(seconds)
            siege.check(siege.server.stderr.count("why=accept") <= 2 * (1 + seconds // 10), "a line for each failure")
            resource.prlimit(siege.server.pid, resource.RLIMIT_NOFILE, (hard, hard))
        for peer in held:
            crowd.vanish(peer)
        return "waits in the kernel's queue"
