"""What the server says of itself, and what the system says of it."""

import re
import time
import urllib.request

from support.attack import descriptors_of, memory_of

MEBIBYTE = 1 << 20
_METRIC = re.compile(r"^(chanx_[a-z_]+)(\{[^}]*\})? ([-+0-9.eE]+)$", re.MULTILINE)
# What must be 0 when nobody is connected.
NOTHING_LEFT = ("chanx_connections", "chanx_session_objects", "chanx_groups", "chanx_memberships", "chanx_tasks",
                "chanx_outbox_bytes", "chanx_stalled_connections")


def slope(points):
    """Of the straight line that fits (x, y) best."""
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread if spread else 0.0


class Watch:
    def __init__(self, server):
        self._server = server
        # The store opens the database again for each reader it needs, and keeps those.
        self._database = server.command[server.command.index("--database") + 1]
        self._url = re.search(r"Operations on (\S+)", server.wait_for_output("Operations on", stream="stdout")).group(1)
        self._begun = time.monotonic()
        self.quiet = []  # (seconds, resident bytes, descriptors but the database's), whenever nobody was there
        self.most = 0  # resident bytes

    def metrics(self):
        """Values by name; what has labels is summed up."""
        with urllib.request.urlopen(self._url + "/metrics", timeout=10) as response:
            text = response.read().decode()
        values = {}
        for name, _, value in _METRIC.findall(text):
            values[name] = values.get(name, 0.0) + float(value)
        return values

    @property
    def memory(self):
        size = memory_of(self._server.pid)
        self.most = max(self.most, size)
        return size

    def wait_for_quiet(self, timeout=30.0):
        """Waits until nothing of any client is left, notes memory and descriptors; what is left otherwise."""
        deadline = time.monotonic() + timeout
        while True:
            values = self.metrics()
            left = {name: values.get(name) for name in NOTHING_LEFT if values.get(name) != 0}
            # HTTP clients that have just gone, too.
            if not left and values["chanx_http_connections"] == 0:
                break
            if time.monotonic() >= deadline:
                return left or {"chanx_http_connections": values["chanx_http_connections"]}
            time.sleep(0.1)
        time.sleep(0.3)
        self.quiet.append((time.monotonic() - self._begun, self.memory, descriptors_of(self._server.pid, without=self._database)))
        return {}
