"""The server that the attacks are aimed at, tests/attacks/target.cpp."""

import time
import unittest

from support.chat_client import executable
from support.raw_client import RawClient
from support.server import Server


def target(*settings, arguments=(), **options):
    """The server to attack, with settings like "max_connections=10"."""
    given = [part for setting in settings for part in ("--set", setting)]
    return Server(executable("ATTACK_TARGET"), *arguments, *given, **options)


class TargetCase(unittest.TestCase):
    def start(self, *settings, **options):
        self.server = self.enterContext(target(*settings, **options))
        return self.server

    def client(self):
        return self.enterContext(RawClient(self.server.host, self.server.port))

    def stats(self):
        with RawClient(self.server.host, self.server.port) as client:
            words = client.request("GET", "/stats").expect(200).body.decode().split()
        return dict(zip(words[::2], map(int, words[1::2])))

    def eventually(self, condition, what, timeout=8.0):
        deadline = time.monotonic() + timeout
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.02)
