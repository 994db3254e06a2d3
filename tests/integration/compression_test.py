"""The chat with compression, as its users reach it: with clients that are not ours."""

import asyncio
import unittest

import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from support.chat_client import AsyncTestCase, User, chat_server, echo_server
from support.deflate import AGREED
from support.raw_client import RawClient

OFFER = "permessage-deflate; client_max_window_bits"


class CompressedChatTest(AsyncTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(chat_server("--compression"))
        cls.user = User(cls.server, "alice")
        cls.room = cls.user.create_room("Garden")

    async def test_a_chat_is_the_same_compressed(self):
        text = "Words and words and words, " * 40
        async with self.user.enter(self.room) as one, self.user.enter(self.room) as two:
            self.assertEqual([e.name for e in one._socket.extensions], ["permessage-deflate"])
            for _ in range(3):
                frames = await one.say(text)
                self.assertIn(text.strip(), [f["payload"]["message"] if isinstance(f["payload"], dict) else f["payload"]
                                             for f in frames if f["action"] not in ("complete", "group_complete")])
            got = await two.in_order()
            self.assertEqual(len([f for f in got if text.strip() in str(f)]), 3)

    def test_compression_is_off_unless_it_is_asked_for(self):
        with chat_server() as server:
            user = User(server, "bob")
            room = user.create_room("Garden")
            for chat, who, where, agreed in ((server, user, room, None), (self.server, self.user, self.room, AGREED)):
                with RawClient(chat.host, chat.port) as client:
                    response = client.upgrade(f"/ws/chat/{where}/", {"Cookie": who.cookie,
                                                                     "Sec-WebSocket-Extensions": OFFER}).expect(101)
                    self.assertEqual(response.headers.get("sec-websocket-extensions"), agreed)


class ClientsTest(AsyncTestCase):
    MESSAGES = ["", "a", "x" * 300, "Κόσμε " * 5000, "y" * 1_000_000]

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(echo_server("--threads", "1"))
        cls.url = cls.server.url.replace("http", "ws", 1)

    async def test_python_websockets_with_every_wish_it_knows(self):
        wishes = [{}, {"server_no_context_takeover": True}, {"client_no_context_takeover": True},
                  {"server_max_window_bits": 15}, {"client_max_window_bits": True}, {"client_max_window_bits": 10},
                  {"server_max_window_bits": 15, "client_max_window_bits": 15, "server_no_context_takeover": True}]
        for wish in wishes:
            with self.subTest(wish):
                offers = [ClientPerMessageDeflateFactory(**wish)]
                async with websockets.connect(self.url, extensions=offers, compression=None, max_size=None) as socket:
                    self.assertEqual(len(socket.extensions), 1)
                    for message in self.MESSAGES + [m.encode() for m in self.MESSAGES]:
                        await socket.send(message)
                        self.assertEqual(await asyncio.wait_for(socket.recv(), 20), message)
        # A window that we don't have.
        offers = [ClientPerMessageDeflateFactory(server_max_window_bits=10)]
        async with websockets.connect(self.url, extensions=offers, compression=None) as socket:
            self.assertEqual(socket.extensions, [])
            await socket.send("plain")
            self.assertEqual(await socket.recv(), "plain")

    async def test_a_message_in_fragments_from_python_websockets(self):
        async with websockets.connect(self.url) as socket:
            self.assertEqual([e.name for e in socket.extensions], ["permessage-deflate"])
            await socket.send(["a message ", "in fragments, ", "", "which is one message" * 100])
            self.assertEqual(await asyncio.wait_for(socket.recv(), 20),
                             "a message in fragments, " + "which is one message" * 100)


if __name__ == "__main__":
    unittest.main()
