"""Attacks on the chat itself."""

import collections
import json
import time

from attacks.grounds import ChatGround
from attacks.siege import MEBIBYTE, attack
from support.attack import upgrade_request
from support.chat_client import User
from support.raw_client import encode_frame


@attack("the chat: guessing passwords as fast as it goes, by 50 connections", ground=ChatGround,
        bound="20 failures for a name from an address, two hashes at a time, 32 may wait",
        small={"seconds": 3}, full={"seconds": 20}, memory=192 * MEBIBYTE, delay=1.5)
def password_guessing(siege, seconds):
    seen = collections.Counter()
    with siege.crowd() as crowd, siege.under_attack():
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            guessing = crowd.connect(50)
            for number, peer in enumerate(guessing):
                body = json.dumps({"username": "normal", "password": f"wrong guess {number}"})
                crowd.send(peer, (f"POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                                  f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
            siege.check(crowd.run(20, until=lambda: all(peer.status for peer in guessing)), "not all were answered")
            seen.update(peer.status for peer in guessing)
            siege.check(all(b"Retry-After" in peer.received for peer in guessing if peer.status == 429), "no Retry-After")
            for peer in guessing:
                crowd.vanish(peer)
    siege.check(set(seen) <= {401, 429, 503} and 0 < seen[401] <= 25 + seconds and seen[429], lambda: f"answers: {seen}")
    return f"401 for {seen[401]}, then 429 with Retry-After ({seen[429]})"


@attack("the chat: one user says things as fast as it goes, by 10 connections", ground=ChatGround,
        bound="50 a second with a burst of 1000 for one user, then `max_rate_limited` (100)",
        small={"peers": 10, "messages": 300}, full={"peers": 10, "messages": 3000}, delay=1.5)
def chat_flood(siege, peers, messages):
    flooder = User(siege.server, "flooder")
    room = flooder.create_room("Flood")
    spam = encode_frame(1, b'{"action":"chat","payload":"spam"}', mask=b"\0\0\0\0") * messages
    with siege.crowd(keep=1 << 24) as crowd, siege.under_attack():
        flooding = crowd.connect(peers)
        crowd.send(flooding, upgrade_request(f"/ws/chat/{room}/", headers=[("Cookie", flooder.cookie)]))
        siege.check(crowd.run(10, until=lambda: all(b'"history"' in peer.received for peer in flooding)), "not let in")
        crowd.send(flooding, spam)
        siege.check(crowd.run(60, until=lambda: all(peer.ended for peer in flooding)), "some were not ended")
    codes = collections.Counter(peer.close_code for peer in flooding)
    # One that was just sent a lot may not have read the last of it.
    siege.check(set(codes) <= {1008, 1013, None} and codes[1008] > 0, lambda: f"closed with {codes}")
    said = len(flooder.messages(room))
    siege.check(said <= 1000 + 50 * 60, f"{said} were said")
    return f"{said} messages said, `rate_limited`, Close 1008"
