"""Two normal clients in a room, in a process of their own: one says something at intervals, the other hears it.

    with NormalClients("127.0.0.1", server.port, "/room/?name=normal") as normal:
        begin = time.monotonic()
        ...
    normal.latencies(begin, time.monotonic())

In a process of their own, for what is measured is the server, not how busy the attacker's process is.
"""

import json
import pathlib
import subprocess
import sys
import time

PATIENCE = 10.0  # seconds that something said may take before it counts as lost


class NormalClients:
    """`lost`: why they gave up, or None. All known when the block has been left."""

    def __init__(self, host, port, path, *, action="say", headers=None, interval=0.01):
        """action: of the message that says something. headers: of the upgrade request. interval: seconds."""
        options = {"path": path, "action": action, "headers": headers, "interval": interval}
        self._command = [sys.executable, __file__, host, str(port), json.dumps(options)]
        self._process = None
        self._samples = []
        self.lost = None

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if self._process.stdout.readline() != b"ready\n":
            self.finish()
            raise RuntimeError(f"the normal clients did not get in: {self.lost}")
        return self

    def __exit__(self, *_):
        self.finish()

    def finish(self):
        if self._process is None:
            return
        try:
            output, _ = self._process.communicate(timeout=3 * PATIENCE)
            result = json.loads(output)
            self._samples, self.lost = result["samples"], result["lost"]
        except (subprocess.TimeoutExpired, ValueError) as error:
            self._process.kill()
            self._process.communicate()
            self.lost = f"no result: {error}"
        self._process = None

    def latencies(self, begin, end):
        """Seconds from saying to hearing, of what was under way in this time, in order of length."""
        return sorted(latency for at, latency in self._samples if at < end and at + latency >= begin)


def percentile(ordered, share):
    """Of a sorted list; 0.99 for p99."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _talk(host, port, path, action, headers, interval):
    import select

    from support.raw_client import OPCODE_PING, OPCODE_PONG, OPCODE_TEXT, RawClient

    samples, lost = [], None

    def hear(client, word):
        deadline = time.monotonic() + PATIENCE
        while True:
            frame = client.read_frame(max(0.0, deadline - time.monotonic()))
            if frame.opcode == OPCODE_PING:
                client.send_frame(OPCODE_PONG, frame.payload)
            elif frame.opcode != OPCODE_TEXT:
                raise ConnectionError(f"{frame.opcode} {frame.payload!r}")
            elif word in frame.payload:
                return

    try:
        with RawClient(host, port) as speaker, RawClient(host, port) as listener:
            for client in (speaker, listener):
                client.upgrade(path, headers).expect(101)
                hear(client, b'"authentication"')
            print("ready", flush=True)
            number = 0
            while not select.select([sys.stdin], [], [], interval)[0]:
                number += 1
                word = f"normal {number}."
                begun = time.monotonic()
                speaker.send_json({"action": action, "payload": word})
                hear(listener, word.encode())
                samples.append((begun, time.monotonic() - begun))
                hear(speaker, word.encode())
    except Exception as error:  # whatever it is, it goes to whoever measures
        lost = f"{type(error).__name__}: {error}"
    print(json.dumps({"samples": samples, "lost": lost}))


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
    _talk(sys.argv[1], int(sys.argv[2]), **json.loads(sys.argv[3]))
