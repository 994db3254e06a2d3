"""Several chat processes on one database, joined by a real Redis that is stopped, restarted and frozen; with nginx before them."""

import asyncio
import contextlib
import copy
import os
import pathlib
import signal
import socket
import sys
import tempfile
import types
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "chat" / "deploy"))

import cluster as deploy  # noqa: E402

from support.chat_client import AsyncTestCase, User, executable, users  # noqa: E402
from support.raw_chat import RawChat  # noqa: E402

PATIENCE = 40.0  # seconds, for what takes a lease of 10 s on a slow machine


def url_of(chat):
    return types.SimpleNamespace(url=f"http://127.0.0.1:{chat.port}", port=chat.port)


def at(user, chat):
    """The same login at another process."""
    moved = copy.copy(user)
    moved.server = url_of(chat)
    return moved


async def eventually(condition, what, timeout=PATIENCE):
    deadline = asyncio.get_running_loop().time() + timeout
    while not await asyncio.to_thread(condition):
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"waited {timeout} s for {what}")
        await asyncio.sleep(0.05)


class ClusterTest(AsyncTestCase):
    PROCESSES = 2

    async def asyncSetUp(self):
        await super().asyncSetUp()
        directory = self.enterContext(tempfile.TemporaryDirectory())
        self.cluster = self.enterContext(
            deploy.Cluster(executable("CHAT_SERVER"), directory, self.PROCESSES, options=["--threads", "2"],
                           redis_options=["--enable-debug-command", "local"]))

    def health(self, chat):
        nobody = User.__new__(User)
        nobody.server, nobody.cookie = url_of(chat), None
        return User.request(nobody, "GET", "/healthz")[1]["status"]

    async def healthy(self):
        await eventually(lambda: all(self.health(chat) == "ok" for chat in self.cluster.chats if chat.running()),
                         "all processes to reach Redis")

    def online(self, user, room):
        status, value, _ = user.request("GET", f"/api/rooms/{room}/online")
        self.assertEqual(status, 200, value)
        return {entry["username"] for entry in value["users"]}


class AcrossProcessesTest(ClusterTest):
    PROCESSES = 3

    async def test_what_one_says_reaches_all_processes_in_the_order_of_ids(self):
        await self.healthy()
        chats = self.cluster.chats
        people = users(url_of(chats[0]), ["alice", "bob", "carol"])
        room = people[0].create_room("Garden")
        for user in people[1:]:
            user.join(room)
        rounds = 30
        async with contextlib.AsyncExitStack() as stack:
            connections = [await stack.enter_async_context(at(user, chat).enter(room))
                           for user, chat in zip(people, chats)]
            for number in range(rounds):
                for connection in connections:
                    await connection.send({"action": "chat", "payload": f"{number}"})
            for index, connection in enumerate(connections):
                frames = []
                while len(frames) < rounds * len(people):
                    frame = await connection.read()
                    if frame["action"] == "chat":
                        frames.append(frame)
                saved = [(m["id"], m["username"], m["message"]) for m in people[0].messages(room)]
                self.assertEqual([(f["id"], f["username"], f["payload"]) for f in frames], saved)
                # A user's own messages are theirs wherever they come from.
                for frame in frames:
                    own = frame["username"] == people[index].name
                    self.assertEqual((frame["is_mine"], frame["is_current"]), (own, own))

    async def test_a_user_comes_once_and_goes_once_however_many_processes_they_are_on(self):
        await self.healthy()
        one, two, three = self.cluster.chats
        alice, bob = users(url_of(one), ["alice", "bob"])
        room = alice.create_room("Garden")
        bob.join(room)
        async with at(alice, three).enter(room) as watcher:
            async with at(bob, one).enter(room):
                joined = await watcher.read_until("user_joined")
                self.assertEqual(joined["payload"]["username"], "bob")
                self.assertEqual((joined["is_mine"], joined["is_current"]), (False, False))
                async with at(bob, two).enter(room):
                    await eventually(lambda: self.online(at(alice, two), room) == {"alice", "bob"}, "both to be online")
            left = await watcher.read_until("user_left")
            self.assertEqual(left["payload"]["username"], "bob")
            self.assertNotIn("user_joined", [frame["action"] for frame in await watcher.in_order()])
            await eventually(lambda: self.online(at(alice, one), room) == {"alice"}, "bob to be gone everywhere")

    async def test_a_logout_and_a_removal_reach_other_processes(self):
        await self.healthy()
        one, two, _ = self.cluster.chats
        alice, bob, carol = users(url_of(one), ["alice", "bob", "carol"])
        room = alice.create_room("Garden")
        bob.join(room)
        carol.join(room)
        async with at(bob, two).enter(room) as bobs, at(carol, two).enter(room) as carols:
            status, _, _ = alice.request("DELETE", f"/api/rooms/{room}/members/bob")
            self.assertEqual(status, 204)
            self.assertEqual(await bobs.closed(), 4403)
            carol.logout()
            self.assertEqual(await carols.closed(), 4401)

    async def test_nginx_spreads_connections_and_says_who_the_client_is(self):
        await self.healthy()
        through = types.SimpleNamespace(url=self.cluster.url, port=self.cluster.port)
        alice = User(through, "alice")
        room = alice.create_room("Garden")
        async with contextlib.AsyncExitStack() as stack:
            connections = [await stack.enter_async_context(alice.enter(room)) for _ in range(6)]
            await connections[0].say("Hello")
            for connection in connections:
                frame = await connection.read_until("chat") if connection is not connections[0] else None
                self.assertTrue(frame is None or (frame["is_mine"] and not frame["is_current"]))
            for chat in self.cluster.chats:
                self.assertIn('event="connection accepted"', chat.log(), f"{chat.name} got no connection")

    async def test_nginx_gives_a_process_that_hangs_up_for_the_next_one(self):
        for chat in self.cluster.chats[1:]:
            chat.signal(signal.SIGSTOP)
            self.addCleanup(chat.signal, signal.SIGCONT)

        def look(_):
            # Each that hangs costs 15 s.
            try:
                with urllib.request.urlopen(f"{self.cluster.url}/healthz", timeout=PATIENCE) as answer:
                    return answer.status
            except urllib.error.HTTPError as error:
                return error.code

        # Three at once: one of them at least comes to each process.
        answers = await asyncio.gather(*(asyncio.to_thread(look, number) for number in range(3)))
        log = pathlib.Path(self.cluster.directory, "nginx-error.log").read_text()
        self.assertEqual(answers, [200] * 3, log)
        self.assertIn("upstream timed out", log, "no request came to a process that hangs")

    async def test_a_killed_process_takes_its_users_with_it_and_disturbs_nobody_else(self):
        await self.healthy()
        one, two, three = self.cluster.chats
        alice, bob, carol = users(url_of(one), ["alice", "bob", "carol"])
        room = alice.create_room("Garden")
        bob.join(room)
        carol.join(room)
        async with at(alice, one).enter(room) as alices, at(carol, three).enter(room) as carols:
            bobs = await at(bob, two).open(room).__aenter__()
            await bobs.read_phase()
            # Otherwise nobody may have heard of him when his process dies.
            while (await alices.read_until("user_joined"))["payload"]["username"] != "bob":
                pass
            stop = asyncio.Event()

            async def chatter():
                said = 0
                while not stop.is_set():
                    await carols.say(f"{said}")
                    said += 1
                    with contextlib.suppress(asyncio.TimeoutError):  # within the chat's rate
                        await asyncio.wait_for(stop.wait(), 0.05)
                return said

            talking = asyncio.create_task(chatter())
            two.kill()
            self.assertEqual(await bobs.closed(), 1006)
            left = await asyncio.wait_for(alices.read_until("user_left"), PATIENCE)
            self.assertEqual(left["payload"]["username"], "bob")
            stop.set()
            said = await talking
            self.assertEqual(len(alice.messages(room)), said)
            self.assertEqual(self.online(alice, room), {"alice", "carol"})
            # It comes back on its port and is one of them again.
            two.start()
            await self.healthy()
            async with at(bob, two).enter(room):
                joined = await asyncio.wait_for(alices.read_until("user_joined"), PATIENCE)
                self.assertEqual(joined["payload"]["username"], "bob")


class RedisFailsTest(ClusterTest):
    async def talk_through(self, disturb, recover):
        """Two processes chat while something happens to Redis; in the end both clients have seen all of it, in order."""
        await self.healthy()
        one, two = self.cluster.chats
        alice, bob = users(url_of(one), ["alice", "bob"])
        room = alice.create_room("Garden")
        bob.join(room)
        views, acknowledged, let_in = {"alice": [], "bob": []}, {"alice": 0, "bob": 0}, set()

        def take(name):
            def on_frame(_, frame):
                if frame["action"] == "chat":
                    views[name].append(frame["id"])
                elif frame["action"] == "complete" and frame.get("ref"):
                    acknowledged[name] += 1
                elif frame["action"] == "complete":
                    let_in.add(name)
            return on_frame

        connections = {"alice": await RawChat.open(one.port, room, alice.cookie, take("alice")),
                       "bob": await RawChat.open(two.port, room, bob.cookie, take("bob"))}
        # What is said before is history.
        await eventually(lambda: len(let_in) == len(connections), "both to be let in")
        sent = 0

        async def say(count):
            nonlocal sent
            for _ in range(count):
                for connection in connections.values():
                    sent += 1
                    connection.send({"action": "chat", "payload": f"{sent}", "ref": sent})
                await asyncio.sleep(0)
            await eventually(lambda: sum(acknowledged.values()) == sent, "all to be acknowledged, with or without Redis")

        await say(20)
        await disturb()
        await say(20)
        await recover()
        await say(20)
        ids = [message["id"] for message in alice.messages(room)]
        self.assertEqual(len(ids), sent)
        for name in views:
            await eventually(lambda name=name: len(views[name]) >= sent, f"{name} to have all")
            self.assertEqual(views[name], ids)
        await self.healthy()
        for chat in self.cluster.chats:
            self.assertTrue(chat.running(), chat.tail())
        for connection in connections.values():
            connection.abort()

    async def degraded(self):
        await eventually(lambda: all(self.health(chat) == "degraded" for chat in self.cluster.chats),
                         "the processes to notice")

    async def test_a_restart_loses_nothing(self):
        async def disturb():
            self.cluster.redis.stop()
            await self.degraded()

        async def recover():
            self.cluster.redis.start()
            await self.healthy()

        await self.talk_through(disturb, recover)

    async def test_a_logout_and_a_removal_reach_other_processes_without_redis_and_without_who_did_it(self):
        await self.healthy()
        one, two = self.cluster.chats
        alice, bob, carol = users(url_of(one), ["alice", "bob", "carol"])
        room = alice.create_room("Garden")
        bob.join(room)
        carol.join(room)
        async with at(bob, two).enter(room) as bobs, at(carol, two).enter(room) as carols:
            self.cluster.redis.stop()
            status, _, _ = alice.request("DELETE", f"/api/rooms/{room}/members/bob")
            self.assertEqual(status, 204)
            carol.logout()
            one.signal(signal.SIGKILL)
            self.assertEqual(await bobs.closed(), 4403)
            self.assertEqual(await carols.closed(), 4401)

    async def test_a_redis_that_stands_still_is_noticed_and_survived(self):
        async def disturb():
            self.cluster.redis.signal(signal.SIGSTOP)
            await self.degraded()

        async def recover():
            self.cluster.redis.signal(signal.SIGCONT)
            await self.healthy()

        self.addCleanup(self.cluster.redis.signal, signal.SIGCONT)
        await self.talk_through(disturb, recover)

    async def test_killed_connections_are_made_anew(self):
        async def disturb():
            with socket.create_connection(("127.0.0.1", self.cluster.redis.port), timeout=5) as connection:
                connection.sendall(b"CLIENT KILL TYPE normal\r\nCLIENT KILL TYPE pubsub\r\n")
                connection.recv(100)

        async def recover():
            await self.healthy()

        await self.talk_through(disturb, recover)

    async def test_a_sleeping_redis_delays_and_loses_nothing(self):
        async def disturb():
            # It answers when it has slept; until then everything waits.
            sleeper = socket.create_connection(("127.0.0.1", self.cluster.redis.port), timeout=10)
            self.addCleanup(sleeper.close)
            sleeper.sendall(b"DEBUG SLEEP 1\r\n")
            self.sleeper = sleeper

        async def recover():
            self.assertEqual(await asyncio.to_thread(self.sleeper.recv, 100), b"+OK\r\n")
            await self.healthy()

        await self.talk_through(disturb, recover)

    async def test_chats_start_without_redis_and_find_it_later(self):
        for chat in self.cluster.chats:
            chat.stop()
        self.cluster.redis.stop()
        for chat in self.cluster.chats:
            chat.start()
        await self.degraded()
        alice = User(url_of(self.cluster.chats[0]), "alice")
        room = alice.create_room("Garden")
        async with alice.enter(room) as connection:
            frames = await connection.say("Anybody there?")
            self.assertIn("chat", [frame["action"] for frame in frames])
            self.cluster.redis.start()
            await self.healthy()
            async with at(alice, self.cluster.chats[1]).enter(room) as other:
                await connection.say("You are")
                self.assertEqual((await other.read_until("chat"))["payload"], "You are")


class StormTest(ClusterTest):
    CONNECTIONS = int(os.environ.get("STORM_CONNECTIONS", "1000"))
    ROOMS = 100

    async def test_after_a_storm_of_joins_and_leaves_everybody_agrees_on_who_is_there(self):
        await self.healthy()
        one, two = self.cluster.chats
        people = users(url_of(one), [f"user{i}" for i in range(10)])
        rooms = [people[0].create_room(f"Room {i}") for i in range(self.ROOMS)]
        for user in people[1:]:
            for room in rooms:
                user.join(room)
        places = [(user, room, (one, two)[index % 2])
                  for index, (room, user) in enumerate((room, user) for room in rooms for user in people)]
        places = places[:self.CONNECTIONS]
        pending = iter(enumerate(places))
        stay = {}

        async def churn():
            for index, (user, room, chat) in pending:
                connection = await RawChat.open(chat.port, room, user.cookie, lambda *_: None)
                if index % 3 == 0:
                    stay[room, user.name] = connection
                else:
                    connection.abort() if index % 3 == 1 else connection.close()

        await asyncio.gather(*(churn() for _ in range(40)))
        expected = {room: {name for kept, name in stay if kept == room} for room in rooms}
        for chat in self.cluster.chats:
            for room in rooms:
                await eventually(lambda: self.online(at(people[0], chat), room) == expected[room],
                                 f"room {room} to be as it should")
        for connection in stay.values():
            connection.abort()
        for chat in self.cluster.chats:
            for room in rooms:
                await eventually(lambda: self.online(at(people[0], chat), room) == set(), f"room {room} to be empty")


if __name__ == "__main__":
    unittest.main()
