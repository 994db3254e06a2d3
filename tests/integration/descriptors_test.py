"""Descriptors: their limit is raised, and running out of them. The browser stage runs this on the release build."""

import os
import pathlib
import stat
import tempfile
import unittest

from attacks import connections
from support.attack import Crowd, descriptors_of
from support.attack_case import AttackCase
from support.chat_client import executable
from support.server import Server
from support.target import TargetCase

SANITIZED = os.environ.get("CHANX_SANITIZE", "") != ""
WHY = "UBSan opens a pipe to look at an object, and takes it for broken where there is no descriptor"


class DescriptorsTest(TargetCase):
    def limited(self, limits):
        """The target with limits of descriptors, as a program of its own."""
        directory = self.enterContext(tempfile.TemporaryDirectory())
        path = pathlib.Path(directory) / "limited"
        path.write_text(f'#!/bin/sh\n{limits}\nexec "{os.path.abspath(executable("ATTACK_TARGET"))}" "$@"\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self.server = self.enterContext(Server(path))

    def processor_time(self):
        words = pathlib.Path(f"/proc/{self.server.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def test_the_soft_limit_is_raised_to_the_hard_one(self):
        self.limited("ulimit -Sn 128; ulimit -Hn 4096")
        limits = pathlib.Path(f"/proc/{self.server.pid}/limits").read_text()
        line = next(line for line in limits.splitlines() if line.startswith("Max open files"))
        self.assertEqual(line.split()[3:5], ["4096", "4096"])
        line = self.server.wait_for_output("descriptors may run out")
        for part in ("limit=4096", "max_connections=100000", "needed=100512", "advice="):
            self.assertIn(part, line)

    @unittest.skipIf(SANITIZED, WHY)
    def test_without_descriptors_it_serves_who_is_there_does_not_spin_and_recovers(self):
        self.limited("ulimit -Sn 80; ulimit -Hn 80")
        inside = self.client()
        inside.upgrade("/echo/").expect(101)
        with Crowd(self.server.host, self.server.port) as crowd:
            crowd.connect(200)
            self.assertIn("why=accept", self.server.wait_for_output("why=accept"))
            self.assertEqual(descriptors_of(self.server.pid), 80)
            before = self.processor_time()
            for _ in range(20):
                inside.send_text("still served")
                self.assertEqual(inside.read_frame().text, "still served")
                crowd.run(0.05)
            self.assertLess(self.processor_time() - before, 0.3)
        self.client().request("GET", "/stats").expect(200)
        self.assertEqual(self.server.stderr.count("why=accept"), 1)


class DescriptorAttackTest(AttackCase):
    @unittest.skipIf(SANITIZED, WHY)
    def test_running_out_of_descriptors_holds_up_nobody_who_is_there(self):
        self.holds(connections.no_descriptors)


if __name__ == "__main__":
    unittest.main()
