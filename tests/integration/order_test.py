"""Messages come to everybody in one order, and those that anybody saw survive the server's sudden death."""

import asyncio
import collections
import os
import tempfile
import unittest

import websockets

from support.chat_client import AsyncTestCase, User, chat_server, executable, users
from support.server import Server

WRITERS = 8
SAYINGS = 25
CROWD = 20


class OrderTest(AsyncTestCase):
    async def test_every_client_on_two_threads_sees_each_rooms_messages_in_the_order_of_their_ids(self):
        with chat_server("--threads", "2", "--log-level", "warn") as server:
            everybody = users(server, [f"writer{i}" for i in range(WRITERS)])
            rooms = [everybody[0].create_room("Garden"), everybody[0].create_room("Kitchen")]
            for user in everybody[1:]:
                for room in rooms:
                    user.join(room)
            # Each writes in one room and only listens in the other.
            seen = {room: [] for room in rooms}
            await asyncio.gather(*(self.take_part(user, room, index % 2 == number, seen[room])
                                   for index, user in enumerate(everybody) for number, room in enumerate(rooms)))
            for room in rooms:
                saved = [(entry["id"], entry["username"], entry["message"])
                         for entry in everybody[0].messages(room)]
                self.assertEqual(len(saved), WRITERS // 2 * SAYINGS)
                ids = [entry[0] for entry in saved]
                self.assertEqual(ids, sorted(set(ids)))
                self.assertEqual(len(seen[room]), WRITERS)
                for messages in seen[room]:
                    self.assertEqual(messages, saved)

    async def take_part(self, user, room, writes, seen):
        expected = WRITERS // 2 * SAYINGS
        async with user.enter(room) as connection:
            await connection.in_order()
            self.entered = getattr(self, "entered", 0) + 1
            while self.entered < WRITERS * 2:
                await asyncio.sleep(0)
            messages, said, own = [], 0, 0
            while len(messages) < expected:
                # Two at a time, so that a connection has work waiting.
                while writes and said < SAYINGS and said - own < 2:
                    await connection.send({"action": "chat", "payload": f"{said}"})
                    said += 1
                frame = await connection.read()
                if frame["action"] == "chat":
                    messages.append((frame["id"], frame["username"], frame["payload"]))
                    own += frame["is_current"]
            seen.append(messages)


class SuddenDeathTest(AsyncTestCase):
    async def test_every_message_that_anybody_saw_is_there_once_after_kill_9(self):
        with tempfile.TemporaryDirectory() as directory:
            database = os.path.join(directory, "chat.sqlite3")
            options = ("--database", database, "--threads", "2", "--log-level", "warn")
            with Server(executable("CHAT_SERVER"), *options) as server:
                crowd = users(server, [f"user{i}" for i in range(CROWD)])
                room = crowd[0].create_room("Garden")
                for user in crowd[1:]:
                    user.join(room)
                self.seen = {}
                self.acknowledged = set()
                self.sent = 0
                chatting = [asyncio.create_task(self.chat_to_the_end(user, room)) for user in crowd]
                while len(self.acknowledged) < 200:
                    self.assertFalse(any(task.done() for task in chatting))
                    await asyncio.sleep(0.005)
                server.kill()
                await asyncio.wait_for(asyncio.gather(*chatting), 30)
            self.assertGreater(self.sent, len(self.acknowledged))

            with Server(executable("CHAT_SERVER"), *options) as server:
                again = User(server, "user1", register=False)
                saved = again.messages(room)
                self.assertEqual([entry["id"] for entry in saved], sorted({entry["id"] for entry in saved}))
                by_id = {entry["id"]: (entry["username"], entry["message"]) for entry in saved}
                for identifier, message in self.seen.items():
                    self.assertEqual(by_id.get(identifier), message)
                counts = collections.Counter(by_id.values())
                self.assertEqual(set(counts.values()), {1})
                self.assertLessEqual(self.acknowledged, counts.keys())
                # It goes on with new ids.
                async with again.enter(room) as connection:
                    self.assertGreater((await connection.say("again"))[0]["id"], max(self.seen))

    async def chat_to_the_end(self, user, room):
        try:
            async with user.open(room) as connection:
                for number in range(1_000_000):
                    self.sent += 1
                    await connection.send({"action": "chat", "payload": f"{number}", "ref": number})
                    while True:
                        frame = await connection.read()
                        if frame["action"] != "chat":
                            continue
                        message = (frame["username"], frame["payload"])
                        self.assertEqual(self.seen.setdefault(frame["id"], message), message)
                        if frame["is_current"]:
                            self.assertEqual(frame["ref"], number)
                            self.acknowledged.add(message)
                            break
        except (websockets.ConnectionClosed, OSError):
            return


if __name__ == "__main__":
    unittest.main()
