"""Two and more users of the chat, with a WebSocket client that is not ours."""

import contextlib
import json
import re
import signal
import unittest

from support.chat_client import AsyncTestCase, User, chat_server
from support.raw_client import OPCODE_BINARY, OPCODE_TEXT, RawClient, encode_frame

AUTHENTICATED = {"action": "authentication",
                 "payload": {"status_code": 200, "status_text": "OK", "data": {"detail": "OK"}}}
GROUP_COMPLETE = {"action": "group_complete", "payload": None}
TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


def visit(action, user, *, mine, current, room="Garden"):
    return {"action": action, "payload": {"username": user, "room_name": room}, "is_mine": mine,
            "is_current": current}


class ChatTest(AsyncTestCase):
    maxDiff = None

    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.server = self.stack.enter_context(chat_server("--threads", "2"))
        self.alice = User(self.server, "alice")
        self.bob = User(self.server, "bob")
        self.room = self.alice.create_room("Garden")
        self.bob.join(self.room)

    def without_times(self, value):
        """The value without its timestamps, each of which must be one."""
        if isinstance(value, list):
            return [self.without_times(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "timestamp" in value:
            self.assertRegex(value["timestamp"], TIMESTAMP)
        return {key: self.without_times(item) for key, item in value.items() if key != "timestamp"}

    async def test_a_connect_gives_its_frames_in_order(self):
        async with self.alice.open(self.room) as alice:
            first = await alice.read_text()
            self.assertEqual(first, json.dumps(AUTHENTICATED, separators=(",", ":")))
            frames = await alice.read_frames(4)
            self.assertEqual(self.without_times(frames), [
                visit("user_joined", "alice", mine=True, current=True),
                GROUP_COMPLETE,
                {"action": "history", "payload": [], "truncated": False},
                {"action": "complete", "payload": None},
            ])

    async def test_a_message_reaches_everybody_each_with_their_own_view(self):
        async with self.alice.enter(self.room) as alice, self.alice.enter(self.room) as second, \
                self.bob.enter(self.room) as bob:
            self.assertEqual(self.without_times(await alice.read_frames(2)),
                             [visit("user_joined", "bob", mine=False, current=False), GROUP_COMPLETE])
            await second.read_frames(2)

            own = await alice.say("  Hello <b>Bob</b> \n")
            identifier = own[0]["id"]
            self.assertIsInstance(identifier, int)
            message = {"action": "chat", "payload": "Hello <b>Bob</b>", "id": identifier, "username": "alice"}
            self.assertEqual(self.without_times(own), [
                {**message, "ref": 1, "is_mine": True, "is_current": True},
                GROUP_COMPLETE,
                {"action": "complete", "payload": None, "ref": 1},
            ])
            self.assertEqual(self.without_times(await bob.read_frames(2)),
                             [{**message, "is_mine": False, "is_current": False}, GROUP_COMPLETE])
            self.assertEqual(self.without_times(await second.read_frames(2)),
                             [{**message, "is_mine": True, "is_current": False}, GROUP_COMPLETE])

            reply = await bob.say("Hello Alice")
            self.assertGreater(reply[0]["id"], identifier)
            saved = self.without_times(self.bob.messages(self.room))
            self.assertEqual(saved, [
                {"id": identifier, "username": "alice", "message": "Hello <b>Bob</b>"},
                {"id": reply[0]["id"], "username": "bob", "message": "Hello Alice"},
            ])
        async with self.bob.open(self.room) as bob:
            history = await bob.read_until("history")
            self.assertEqual(self.without_times(history["payload"]), saved)
        async with self.bob.open(self.room, f"?after={identifier}") as bob:
            history = await bob.read_until("history")
            self.assertEqual(self.without_times(history["payload"]), saved[1:])

    async def test_invalid_messages_are_answered_and_the_connection_stays(self):
        async with self.alice.enter(self.room) as alice:
            for text, loc, kind in (("nonsense", [], "json_invalid"),
                                    ('{"payload":"x"}', ["action"], "union_tag_not_found"),
                                    ('{"action":"chat"}', ["chat", "payload"], "missing"),
                                    ('{"action":"chat","payload":7}', ["chat", "payload"], "string_type"),
                                    ('{"action":"chat","payload":" \\n"}', ["chat", "payload"], "string_too_short"),
                                    (json.dumps({"action": "chat", "payload": "x" * 4001}), ["chat", "payload"],
                                     "string_too_long")):
                with self.subTest(text[:40]):
                    await alice._socket.send(text)
                    frames = await alice.read_phase()
                    self.assertEqual([frame["action"] for frame in frames], ["error"])
                    error = frames[0]["payload"][0]
                    self.assertEqual(error["type"], kind)
                    if kind != "union_tag_not_found":
                        self.assertEqual(error["loc"], loc)
            self.assertEqual(self.alice.messages(self.room), [])
            longest = "\U0001F30D" * 4000
            self.assertEqual((await alice.say(longest))[0]["payload"], longest)

    async def test_a_second_tab_comes_and_goes_unnoticed(self):
        async with self.bob.enter(self.room) as bob:
            async with self.alice.enter(self.room):
                self.assertEqual(self.without_times(await bob.read_frames(2)),
                                 [visit("user_joined", "alice", mine=False, current=False), GROUP_COMPLETE])
                async with self.alice.open(self.room) as second:
                    frames = await second.read_phase()
                    self.assertEqual([frame["action"] for frame in frames if frame != GROUP_COMPLETE],
                                     ["authentication", "user_joined", "history"])
                self.assertEqual(await bob.in_order(), [])
            left = await bob.read()
            self.assertEqual(self.without_times(left), visit("user_left", "alice", mine=False, current=False))

    async def test_a_logout_closes_that_login_only(self):
        elsewhere = User(self.server, "alice", register=False)
        self.assertNotEqual(elsewhere.cookie, self.alice.cookie)
        async with self.alice.enter(self.room) as alice, elsewhere.enter(self.room) as other, \
                self.bob.enter(self.room) as bob:
            self.alice.logout()
            self.assertEqual(await alice.closed(), 4401)
            await other.in_order()
            self.assertEqual(await bob.in_order(), [])
            elsewhere.logout()
            self.assertEqual(await other.closed(), 4401)
            self.assertEqual((await bob.read_until("user_left"))["payload"]["username"], "alice")
        self.assertEqual(self.alice.request("GET", "/api/me")[0], 401)

    async def test_strangers_are_told_why_and_closed(self):
        carol = User(self.server, "carol")
        anonymous = User(self.server, "dave")
        anonymous.cookie = None
        for user, room, status in ((anonymous, self.room, 401), (carol, self.room, 403), (carol, 4711, 404)):
            with self.subTest(status=status):
                async with user.open(room) as connection:
                    frame = await connection.read()
                    self.assertEqual(frame["action"], "authentication")
                    self.assertEqual(frame["payload"]["status_code"], status)
                    self.assertEqual(await connection.closed(), 4000 + status)

    async def test_frames_sent_before_a_refusal_reach_no_handler(self):
        carol = User(self.server, "carol")
        async with self.bob.enter(self.room) as bob:
            with RawClient(self.server.host, self.server.port) as attacker:
                attacker.upgrade(f"/ws/chat/{self.room}/", {"Cookie": carol.cookie}).expect(101)
                for _ in range(20):
                    attacker.send_json({"action": "chat", "payload": "I was not let in"})
                self.assertEqual(attacker.read_json()["payload"]["status_code"], 403)
                attacker.expect_close(4403, skip=False)
            self.assertEqual(await bob.in_order(), [])
        self.assertEqual(self.bob.messages(self.room), [])

    async def test_a_binary_message_closes_with_1003(self):
        with RawClient(self.server.host, self.server.port) as client:
            client.upgrade(f"/ws/chat/{self.room}/", {"Cookie": self.alice.cookie}).expect(101)
            client.read_until_action("complete")
            client.send_frame(OPCODE_BINARY, b'{"action":"ping"}')
            client.expect_close(1003, skip=False)

    async def test_a_message_over_the_bound_closes_with_1009_before_it_comes(self):
        with RawClient(self.server.host, self.server.port) as client:
            client.upgrade(f"/ws/chat/{self.room}/", {"Cookie": self.alice.cookie}).expect(101)
            client.read_until_action("complete")
            client.send_bytes(encode_frame(OPCODE_TEXT, b"", declared_length=(1 << 20) + 1))
            client.expect_close(1009, skip=False)

    async def test_whatever_ends_a_connection_the_others_see_the_user_leave(self):
        async with self.bob.enter(self.room) as bob:
            for end in (lambda client: client.reset(), lambda client: client.close(),
                        lambda client: client.shutdown_sending(), lambda client: client.send_close(),
                        lambda client: client.send_frame(0x3, b"")):
                with RawClient(self.server.host, self.server.port) as client:
                    client.upgrade(f"/ws/chat/{self.room}/", {"Cookie": self.alice.cookie}).expect(101)
                    client.read_until_action("complete")
                    self.assertEqual((await bob.read_until("user_joined"))["payload"]["username"], "alice")
                    end(client)
                    self.assertEqual((await bob.read_until("user_left"))["payload"]["username"], "alice")

    async def test_sigterm_closes_everybody_with_1001_and_exits_with_0(self):
        async with self.alice.enter(self.room) as alice, self.bob.enter(self.room) as bob:
            self.server.send_signal(signal.SIGTERM)
            self.assertEqual(await alice.closed(), 1001)
            self.assertEqual(await bob.closed(), 1001)
        self.assertEqual(self.server.wait(), 0)


if __name__ == "__main__":
    unittest.main()
