"""The kinds of clients: each is a coroutine that does its thing until the round is over."""

import asyncio
import random

from soak.ledger import View
from support.chat_client import User
from support.raw_chat import RawChat, Refused
from support.raw_client import RawClient

PATIENCE = 30.0  # seconds, for whatever is waited for


class Round:
    """A part of the run: clients come, and all of them go when it is over."""

    def __init__(self, server, ledger, users, rooms, seconds, seed):
        self.server, self.ledger, self.users, self.rooms = server, ledger, users, rooms
        self.random = random.Random(seed)
        self._end = asyncio.get_running_loop().time() + seconds
        self._serial = seed * 1_000_000

    @property
    def over(self):
        return asyncio.get_running_loop().time() >= self._end

    async def pause(self, shortest, longest):
        left = self._end - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, min(left, self.random.uniform(shortest, longest))))

    def next_text(self):
        self._serial += 1
        return f"message {self._serial}"

    def someone(self):
        return self.random.choice(self.users), self.random.choice(self.rooms)


class Visit:
    """One connection to a room that keeps account of what it is shown."""

    def __init__(self, part, user, room):
        self.part, self.user, self.room = part, user, room
        self.view = View(room)
        self.connection = None
        self._ready = asyncio.get_running_loop().create_future()
        self._waiting = {}

    async def __aenter__(self):
        self.connection = await RawChat.open(self.part.server.port, self.room, self.user.cookie, self._on_frame)
        await asyncio.wait_for(self._ready, PATIENCE)
        self.part.ledger.views.append(self.view)
        self.part.ledger.counts["visits"] += 1
        return self

    async def __aexit__(self, *_):
        if not self.connection.closed.done():
            self.connection.close()
        await asyncio.wait_for(self.connection.closed, PATIENCE)

    def _on_frame(self, connection, frame):
        action = frame["action"]
        if action == "chat":
            self.view.live.append(frame["id"])
        elif action == "history":
            self.view.history = [message["id"] for message in frame["payload"]]
        elif action == "complete":
            waiting = self._waiting.pop(frame.get("ref"), None)
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
            elif not self._ready.done():
                self._ready.set_result(None)
        elif action == "error":
            waiting = self._waiting.pop(frame.get("ref"), None)
            self.part.ledger.counts["refused messages"] += 1
            if waiting is not None and not waiting.done():
                waiting.cancel()

    async def say(self):
        """Says something and waits until it is acknowledged, which is after it was shown to this connection."""
        text = self.part.next_text()
        done = self._waiting[text] = asyncio.get_running_loop().create_future()
        self.part.ledger.said += 1
        before = len(self.view.live)
        self.connection.send({"action": "chat", "payload": text, "ref": text})
        await asyncio.wait([done, self.connection.closed], timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if done.done() and not done.cancelled():
            self.part.ledger.acknowledged[text] = self.room
            if len(self.view.live) == before:
                self.part.ledger.mistake(f"room {self.room}: {text!r} was acknowledged and not shown to who said it")
        elif not self.connection.closed.done() and not done.cancelled():
            self.part.ledger.mistake(f"room {self.room}: {text!r} was not acknowledged within {PATIENCE} s")


async def talker(part):
    """Comes, says things, and goes in an orderly way; again and again."""
    while not part.over:
        async with Visit(part, *part.someone()) as visit:
            for _ in range(part.random.randint(1, 40)):
                if part.over or visit.connection.closed.done():
                    break
                await visit.say()
                await part.pause(0.05, 0.3)
            await part.pause(0.0, 1.0)


async def listener(part):
    """Stays for the whole round."""
    async with Visit(part, *part.someone()) as visit:
        while not part.over:
            await part.pause(1, 2)
        if visit.connection.closed.done():
            part.ledger.mistake(f"a listener was closed with {visit.connection.close_code}")


async def slow_reader(part):
    """Reads for a moment now and then; is shown everything nevertheless."""
    async with Visit(part, *part.someone()) as visit:
        while not part.over and not visit.connection.closed.done():
            visit.connection.stop_reading()
            await part.pause(0.5, 3.0)
            visit.connection.read_on()
            await part.pause(0.05, 0.2)
        part.ledger.counts["slow readers"] += 1


async def stalled_reader(part):
    """Reads nothing for a while, and then is gone by a reset."""
    while not part.over:
        async with Visit(part, *part.someone()) as visit:
            visit.connection.stop_reading()
            await part.pause(2.0, 8.0)
            visit.connection.reset()
            part.ledger.counts["stalls"] += 1


async def killer(part):
    """Says something and resets the connection without waiting for what becomes of it."""
    while not part.over:
        async with Visit(part, *part.someone()) as visit:
            for _ in range(part.random.randint(0, 3)):
                part.ledger.said += 1
                visit.connection.send({"action": "chat", "payload": part.next_text()})
            await part.pause(0.0, 0.05)
            visit.connection.reset()
            part.ledger.counts["kills"] += 1
        await part.pause(0.05, 0.3)


async def vanisher(part):
    """Asks for a WebSocket and is gone."""
    while not part.over:
        user, room = part.someone()
        for number in range(20):
            _, writer = await asyncio.open_connection(part.server.host, part.server.port)
            writer.write((f"GET /ws/chat/{room}/ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                          f"Cookie: {user.cookie}\r\n\r\n").encode())
            if number % 2:
                await part.pause(0.0, 0.02)
                writer.transport.abort()
            else:
                writer.close()
            part.ledger.counts["upgrades that vanish"] += 1
        await part.pause(0.3, 1.0)


async def history_reader(part):
    """Pages through what was said."""
    while not part.over:
        user, room = part.someone()
        page = await asyncio.to_thread(read_page, part.server, user, room, part.random.randrange(200))
        if any(later["id"] <= earlier["id"] for earlier, later in zip(page, page[1:])):
            part.ledger.mistake(f"room {room}: a page of history out of order")
        part.ledger.counts["pages of history"] += 1
        await part.pause(0.05, 0.3)


def read_page(server, user, room, after, limit=50):
    with RawClient(server.host, server.port, timeout=PATIENCE) as client:
        return client.request("GET", f"/api/rooms/{room}/messages?after={after}&limit={limit}",
                              {"Cookie": user.cookie}).expect(200).json()


async def comer_and_goer(part):
    """Logs in, joins a room, chats, leaves the room for good, and logs out while still connected."""
    while not part.over:
        known, room = part.someone()
        user = await asyncio.to_thread(lambda: User(part.server, known.name, register=False))
        async with Visit(part, user, room) as visit:
            await visit.say()
            await asyncio.to_thread(user.logout)
            code = await asyncio.wait_for(asyncio.shield(visit.connection.closed), PATIENCE)
            if code != 4401:
                part.ledger.mistake(f"a log-out closed with {code}")
        part.ledger.counts["log-ins and log-outs"] += 1
        await part.pause(0.3, 1.0)


async def member_for_a_while(part, guest):
    """Becomes a member of a room, says something there, and is removed, which ends its connection."""
    while not part.over:
        room = part.random.choice(part.rooms)
        await asyncio.to_thread(guest.join, room)
        async with Visit(part, guest, room) as visit:
            await visit.say()
            await asyncio.to_thread(guest.request, "DELETE", f"/api/rooms/{room}/members/{guest.name}")
            code = await asyncio.wait_for(asyncio.shield(visit.connection.closed), PATIENCE)
            if code != 4403:
                part.ledger.mistake(f"a removal closed with {code}")
        part.ledger.counts["joins and leaves"] += 1
        await part.pause(0.1, 0.5)


KINDS = [(talker, 12), (listener, 12), (slow_reader, 4), (stalled_reader, 4), (killer, 4), (vanisher, 2),
         (history_reader, 2), (comer_and_goer, 1)]


async def play(part, guests):
    """Runs all kinds of clients until the round is over and they are gone."""
    tasks = [asyncio.create_task(kind(part)) for kind, count in KINDS for _ in range(count)]
    tasks += [asyncio.create_task(member_for_a_while(part, guest)) for guest in guests]
    for task in asyncio.as_completed(tasks):
        try:
            await task
        except (Refused, OSError, asyncio.TimeoutError, AssertionError) as error:
            part.ledger.mistake(f"a client failed: {type(error).__name__}: {error}")
