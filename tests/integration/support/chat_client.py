"""The chat as its users reach it: HTTP through urllib, WebSocket through python3-websockets.

    with chat_server() as server:
        alice = User(server, "alice")
        room = alice.create_room("Garden")
        async with alice.enter(room) as chat:
            frames = await chat.say("Hello")
"""

import asyncio
import concurrent.futures
import contextlib
import json
import os
import tempfile
import unittest
import urllib.error
import urllib.request

import websockets

from support.server import Server

TIMEOUT = 20.0  # seconds


class AsyncTestCase(unittest.IsolatedAsyncioTestCase):
    """Tests that talk to the chat; what blocks in between holds up nobody but themselves."""

    async def asyncSetUp(self):
        # unittest turns on what makes a crowd of clients several times slower than the server.
        asyncio.get_running_loop().set_debug(False)


def executable(variable):
    """The program that an environment variable names."""
    path = os.environ.get(variable)
    if not path:
        raise RuntimeError(f"{variable} must name the program to test")
    return path


@contextlib.contextmanager
def chat_server(*arguments, **options):
    """A chat with a database of its own, which goes with it."""
    with tempfile.TemporaryDirectory() as directory:
        database = os.path.join(directory, "chat.sqlite3")
        with Server(executable("CHAT_SERVER"), "--database", database, *arguments, **options) as server:
            yield server


def echo_server(*arguments, **options):
    return Server(executable("ECHO_SERVER"), *arguments, **options)


class User:
    """A registered user, logged in."""

    PASSWORD = "correct horse"

    def __init__(self, server, name, *, register=True):
        self.server = server
        self.name = name
        self.cookie = None
        status, self.account, headers = self.request(
            "POST", "/api/register" if register else "/api/login",
            {"username": name, "password": self.PASSWORD})
        if status not in (200, 201):
            raise AssertionError(f"{name} was not let in: {status} {self.account}")
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def request(self, method, path, body=None, headers=None):
        """Returns status, decoded JSON or None, and headers."""
        data = None if body is None else json.dumps(body).encode()
        fields = {"Content-Type": "application/json"} if data is not None else {}
        if self.cookie:
            fields["Cookie"] = self.cookie
        fields.update(headers or {})
        request = urllib.request.Request(self.server.url + path, data, fields, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT, context=getattr(self.server, "tls", None)) as response:
                text = response.read()
                return response.status, json.loads(text) if text else None, response.headers
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
                return error.code, json.loads(text) if text else None, error.headers

    def _expect(self, status, method, path, body=None):
        got, value, _ = self.request(method, path, body)
        if got != status:
            raise AssertionError(f"{method} {path}: expected {status}, got {got} {value}")
        return value

    def create_room(self, name):
        return self._expect(201, "POST", "/api/rooms", {"name": name})["id"]

    def join(self, room):
        self._expect(204, "POST", f"/api/rooms/{room}/members")

    def logout(self):
        self._expect(204, "POST", "/api/logout")

    def messages(self, room):
        """All of a room's messages, oldest first."""
        found, after = [], 0
        while page := self._expect(200, "GET", f"/api/rooms/{room}/messages?after={after}&limit=200"):
            found += page
            after = page[-1]["id"]
        return found

    def open(self, room, query=""):
        """A connection to a room whose frames nobody has read; `async with` it."""
        return ChatConnection(self, room, query)

    @contextlib.asynccontextmanager
    async def enter(self, room):
        """A connection to a room, after its connect phase."""
        async with self.open(room) as connection:
            await connection.read_phase()
            yield connection


def users(server, names):
    """Registers several users, a few at a time: a password costs time."""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda name: User(server, name), names))


class ChatConnection:
    """One WebSocket connection to a room."""

    def __init__(self, user, room, query=""):
        self._url = f"{user.server.url.replace('http', 'ws', 1)}/ws/chat/{room}/{query}"
        self._cookie = user.cookie
        self._tls = getattr(user.server, "tls", None)
        self._socket = None
        self._ref = 0

    async def __aenter__(self):
        headers = {"Cookie": self._cookie} if self._cookie else {}
        self._socket = await websockets.connect(self._url, extra_headers=headers, ping_interval=None, ssl=self._tls,
                                                open_timeout=TIMEOUT, close_timeout=TIMEOUT, max_queue=None)
        return self

    async def __aexit__(self, *_):
        await self._socket.close()

    async def send(self, message):
        await self._socket.send(json.dumps(message))

    async def read_text(self):
        """Raises websockets.ConnectionClosed at the end."""
        return await asyncio.wait_for(self._socket.recv(), TIMEOUT)

    async def read(self):
        return json.loads(await self.read_text())

    async def read_frames(self, count):
        return [await self.read() for _ in range(count)]

    async def read_phase(self):
        """What comes up to the next `complete`, without that."""
        frames = []
        while (frame := await self.read())["action"] != "complete":
            frames.append(frame)
        return frames

    async def read_until(self, action):
        while (frame := await self.read())["action"] != action:
            pass
        return frame

    async def say(self, text):
        """Says something and returns what comes up to its `complete`, that included."""
        self._ref += 1
        await self.send({"action": "chat", "payload": text, "ref": self._ref})
        frames = []
        while True:
            frames.append(await self.read())
            if frames[-1]["action"] == "complete" and frames[-1].get("ref") == self._ref:
                return frames

    async def in_order(self):
        """Says ping and returns what came before the answer: what had reached this connection by then."""
        await self.send({"action": "ping"})
        frames = []
        while (frame := await self.read())["action"] != "pong":
            frames.append(frame)
        while (await self.read())["action"] != "complete":
            pass
        return frames

    async def closed(self):
        """Waits for the end and returns the close code."""
        try:
            while True:
                await self.read_text()
        except websockets.ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else 1006
