"""Several processes of the chat on one database file, on one machine."""

import asyncio
import contextlib
import os
import sqlite3
import tempfile
import unittest

from support.chat_client import AsyncTestCase, User, executable, users
from support.server import Server

PROCESSES = 2
WRITERS = 4  # in each process
SAYINGS = 60
BUSY = {"detail": "The chat is busy, try again"}


@contextlib.contextmanager
def chat_processes(count=PROCESSES):
    """Processes that know nothing of each other but the file, and its path."""
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        database = os.path.join(directory, "chat.sqlite3")
        yield [stack.enter_context(Server(executable("CHAT_SERVER"), "--database", database, "--log-level", "warn"))
               for _ in range(count)], database


def by_another_process(user, server):
    """The same login, at another process."""
    same = object.__new__(User)
    same.__dict__.update(user.__dict__, server=server)
    return same


class SharedDatabaseTest(AsyncTestCase):
    async def test_processes_that_hammer_one_file_lose_nothing_and_agree_on_the_order(self):
        with chat_processes() as (servers, database):
            everybody = users(servers[0], [f"writer{i}" for i in range(PROCESSES * WRITERS)])
            room = everybody[0].create_room("Garden")
            for user in everybody[1:]:
                user.join(room)
            self.entered = 0
            seen = await asyncio.gather(*(self.take_part(by_another_process(user, servers[index % PROCESSES]), room)
                                          for index, user in enumerate(everybody)))
            saved = [entry["id"] for entry in everybody[0].messages(room)]
            self.assertEqual(len(saved), PROCESSES * WRITERS * SAYINGS)
            for ids in seen:
                self.assertEqual(ids, saved)
            with contextlib.closing(sqlite3.connect(database)) as connection:
                numbers = connection.execute("SELECT id, room_seq FROM messages ORDER BY id").fetchall()
            self.assertEqual([number for _, number in numbers], list(range(1, len(saved) + 1)))
            self.assertEqual([identifier for identifier, _ in numbers], saved)
            for server in servers:
                self.assertEqual(server.stop(), 0)
                # A machine with other work may keep a loop waiting, and one may have few descriptors.
                complaints = [line for line in server.stderr.splitlines()
                              if "loop is late" not in line and "descriptors may run out" not in line]
                self.assertEqual(complaints, [])

    async def take_part(self, user, room):
        """Says all it has to say, two at a time, and hears everybody."""
        async with user.enter(room) as connection:
            await connection.in_order()
            self.entered += 1
            while self.entered < PROCESSES * WRITERS:
                await asyncio.sleep(0.001)
            ids, said, done = [], 0, 0
            while len(ids) < PROCESSES * WRITERS * SAYINGS or done < SAYINGS:
                while said < SAYINGS and said - done < 2:
                    await connection.send({"action": "chat", "payload": f"{said}", "ref": said})
                    said += 1
                frame = await connection.read()
                self.assertNotEqual(frame["action"], "error", frame)
                if frame["action"] == "chat":
                    ids.append(frame["id"])
                    if frame["is_current"]:
                        self.assertEqual(frame["ref"], done)
                elif frame["action"] == "complete":
                    self.assertEqual(frame["ref"], done)
                    done += 1
            return ids

    async def test_what_one_process_saves_comes_to_the_others_by_the_poll(self):
        with chat_processes() as (servers, _):
            alice = User(servers[0], "alice")
            room = alice.create_room("Garden")
            async with alice.enter(room) as here, by_another_process(alice, servers[1]).enter(room) as there:
                said = (await here.say("Hello"))[0]
                heard = await there.read_until("chat")
                self.assertEqual((heard["id"], heard["payload"]), (said["id"], "Hello"))
                self.assertTrue(heard["is_mine"])
                self.assertFalse(heard["is_current"])
                self.assertNotIn("ref", heard)

    async def test_who_waits_too_long_for_the_file_is_told_to_try_again(self):
        with chat_processes(1) as ((server,), database):
            alice = User(server, "alice")
            room = alice.create_room("Garden")
            async with alice.enter(room) as chat:
                with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as other:
                    other.execute("BEGIN IMMEDIATE")
                    frames, (status, answer, headers) = await asyncio.gather(
                        chat.say("Hello"), asyncio.to_thread(alice.request, "POST", "/api/rooms", {"name": "Cellar"}))
                    other.execute("ROLLBACK")
                self.assertEqual([frame["action"] for frame in frames], ["error", "complete"])
                self.assertEqual(frames[0]["payload"], BUSY)
                self.assertEqual((status, answer), (503, BUSY))
                self.assertGreater(int(headers["Retry-After"]), 0)
                self.assertEqual((await chat.say("Again"))[0]["payload"], "Again")
            self.assertIn("store busy", server.stderr)
            self.assertNotIn("level=error", server.stderr)


if __name__ == "__main__":
    unittest.main()
