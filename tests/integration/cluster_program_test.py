"""cluster.py as it is started from a terminal, and how it ends."""

import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "chat" / "deploy"))

import cluster as deploy  # noqa: E402

from support.chat_client import executable  # noqa: E402

PATIENCE = 40.0  # seconds


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "with a blank"

    def start(self, port):
        program = subprocess.Popen(
            [sys.executable, deploy.__file__, "--chat", executable("CHAT_SERVER"), "--processes", "1",
             "--port", str(port), "--directory", str(self.directory)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (program.kill(), program.communicate()))
        return program

    def started(self):
        port = deploy.free_port()
        program = self.start(port)
        said = program.stdout.readline()
        self.assertIn("Cluster listening", said)
        children = pathlib.Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split()
        self.assertEqual(len(children), 3)
        return program, port, [int(child) for child in children]

    @staticmethod
    def runs(process):
        try:
            status = pathlib.Path(f"/proc/{process}/stat").read_text()
        except OSError:
            return False
        return status.rpartition(")")[2].split()[0] != "Z"

    def assert_gone(self, children):
        deadline = time.monotonic() + PATIENCE
        while left := [child for child in children if self.runs(child)]:
            self.assertLess(time.monotonic(), deadline, f"{left} still run")
            time.sleep(0.05)

    def test_a_closed_terminal_ends_all_of_it(self):
        program, _, children = self.started()
        program.send_signal(signal.SIGHUP)
        self.assertEqual(program.wait(PATIENCE), 0)
        self.assert_gone(children)

    def test_a_killed_cluster_leaves_nothing_behind(self):
        program, _, children = self.started()
        program.kill()
        self.assert_gone(children)

    def test_a_port_that_is_taken_is_named_before_anything_is_started(self):
        _, port, _ = self.started()
        other = self.start(port)
        out, err = other.communicate(timeout=PATIENCE)
        self.assertEqual((other.returncode, out), (1, ""))
        self.assertIn(f"port {port} can't be had: Address already in use", err)

    def test_a_port_out_of_range_is_refused(self):
        for port in ("65536", "-1", "80a", ""):
            out, err = self.start(port).communicate(timeout=PATIENCE)
            self.assertEqual(out, "")
            self.assertIn("is not a port: 1 to 65535", err)

    def test_a_body_that_nginx_writes_to_a_file_arrives(self):
        _, port, _ = self.started()
        body = json.dumps({"username": "x" * 60_000, "password": "x"}).encode()
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/api/login", body, {"Content-Type": "application/json"})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=PATIENCE)
        self.assertIn(refused.exception.code, range(400, 500))


if __name__ == "__main__":
    unittest.main()
