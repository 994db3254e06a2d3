"""A chat whose disk is full: nothing is acknowledged that is not saved, and it goes on when there is room again."""

import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest

from support.chat_client import AsyncTestCase, User, executable
from support.server import Server

FULL = {"detail": "The chat can't save anything at the moment, try again later"}


def namespaces_allowed():
    """Whether a file system of one's own may be mounted, as root or in a namespace for users."""
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"],
                          capture_output=True, check=False).returncode == 0


@unittest.skipUnless(namespaces_allowed(), "needs a small file system, which may not be mounted here")
class DiskFullTest(AsyncTestCase):
    def setUp(self):
        directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        disk = directory / "disk"
        disk.mkdir()
        program = directory / "chat"
        # The mount is seen by this process only and goes with it.
        program.write_text("#!/bin/sh\nexec unshare -rm sh -c 'mount -t tmpfs -o size=2m tmpfs \"$0\" && exec \"$@\"' "
                           f'"{disk}" "{os.path.abspath(executable("CHAT_SERVER"))}" "$@"\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        self.server = self.enterContext(Server(program, "--database", disk / "chat.sqlite3", "--threads", "2"))
        self.filler = pathlib.Path(f"/proc/{self.server.pid}/root{disk}/filler")

    def fill_the_disk(self):
        with open(self.filler, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    async def test_what_is_not_saved_is_not_acknowledged_and_goes_on_when_there_is_room(self):
        alice, bob = User(self.server, "alice"), User(self.server, "bob")
        room = alice.create_room("Garden")
        bob.join(room)
        async with alice.enter(room) as chat, bob.enter(room) as listener:
            # What comes with bob: user_joined.
            await chat.in_order()
            self.assertEqual((await chat.say("before"))[0]["payload"], "before")
            self.fill_the_disk()
            acknowledged, refused = ["before"], 0
            # The log of the database has some room of its own.
            for number in range(600):
                text = f"{number} " + "x" * 3000
                frames = await chat.say(text)
                if frames[0]["action"] == "error":
                    self.assertEqual(frames[0]["payload"], FULL)
                    self.assertEqual([frame["action"] for frame in frames], ["error", "complete"])
                    refused += 1
                    if refused == 3:
                        break
                else:
                    self.assertEqual(frames[0]["payload"], text)
                    acknowledged.append(text)
            self.assertEqual(refused, 3)
            # Whatever else writes is told so, too; what was said can be read.
            status, answer, _ = alice.request("POST", "/api/rooms", {"name": "Cellar " + "x" * 80})
            self.assertEqual((status, answer), (503, FULL))
            self.assertEqual([message["message"] for message in bob.messages(room)], acknowledged)
            self.assertIn("store full", self.server.stderr)

            self.filler.unlink()
            self.assertEqual((await chat.say("after"))[0]["payload"], "after")
            acknowledged.append("after")
            heard = [frame["payload"] for frame in await listener.in_order() if frame["action"] == "chat"]
            self.assertEqual(heard, acknowledged)
        self.assertEqual([message["message"] for message in bob.messages(room)], acknowledged)
        self.assertEqual(self.server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
