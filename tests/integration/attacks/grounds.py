"""The servers that are attacked, and where the normal clients are on them."""

import contextlib

from soak.watch import Watch
from support.chat_client import User, chat_server
from support.raw_client import RawClient
from support.target import target


class TargetGround:
    """tests/attacks/target.cpp, whose settings an attack may choose."""

    groups = 1  # that a normal client is in
    kept = None  # a path whose descriptors stay

    def __init__(self, settings, environment, room="normal"):
        self.server = target(*settings, arguments=("--threads", "2"), environment=environment)
        self.normal = {"path": f"/room/?name={room}"}

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop()

    def counts(self):
        with RawClient(self.server.host, self.server.port) as client:
            words = client.request("GET", "/stats").expect(200).body.decode().split()
        return dict(zip(words[::2], map(int, words[1::2])))


class ChatGround:
    """The chat, as it is."""

    groups = 2  # the room, and the login

    def __init__(self, _, environment):
        self._stack = contextlib.ExitStack()
        self._environment = environment

    def __enter__(self):
        self.server = self._stack.enter_context(
            chat_server("--threads", "2", "--operations-port", "0", environment=self._environment))
        self.kept = self.server.command[self.server.command.index("--database") + 1]
        self._watch = Watch(self.server)
        self.user = User(self.server, "normal")
        self.room = self.user.create_room("Garden")
        # Below what one user may say.
        self.normal = {"path": f"/ws/chat/{self.room}/", "action": "chat", "headers": {"Cookie": self.user.cookie},
                       "interval": 0.03}
        return self

    def __exit__(self, *_):
        self._stack.close()

    def counts(self):
        values = self._watch.metrics()
        return {"sessions": values["chanx_session_objects"], "memberships": values["chanx_memberships"],
                "entered": 0, "left": 0}
