"""What an attack is, and what is measured while it runs.

    @attack("a connection flood", bound="...", small={"seconds": 2}, full={"seconds": 10})
    def connection_flood(siege, seconds):
        ...attack siege.host and siege.port within `with siege.under_attack():`, check what came back...
        return "what the attacker saw"

Beside each attack two normal clients talk to each other. The function checks what its attackers see; what holds for
all is checked here: the normal clients lose nothing and wait no longer than they may, memory stays below the bound
given and comes back, and when the attackers are gone no session, group membership or descriptor of theirs is left.
"""

import contextlib
import dataclasses
import time
import typing

from attacks.normal_client import NormalClients, percentile
from support.attack import Crowd, descriptors_of, memory_of
from attacks.grounds import TargetGround
from support.chat_client import executable
from support.raw_client import ConnectionEnded
from support.server import measured_environment

MEBIBYTE = 1 << 20
# An honest server on an idle machine needs less than a millisecond. These are for loaded machines and sanitizers: a
# server that is held up by an attack misses them by far.
MOST_TIMES_SLOWER = 10
ALLOWED_DELAY = 0.25  # seconds
SHORTEST = 0.3  # seconds of what is called the attack
ATTACKS = []


class TooSlow(AssertionError):
    """A normal client waited too long: for the server, or for a machine that others use as well."""


@dataclasses.dataclass
class Attack:
    name: str
    bound: str
    run: typing.Callable
    small: dict
    full: dict
    settings: typing.Any
    ground: typing.Callable
    memory: int
    delay: float

    @property
    def key(self):
        return self.run.__name__

    def title(self, size):
        return self.name.format(**size)


def attack(name, *, bound, small, full, settings=(), ground=TargetGround, memory=64 * MEBIBYTE, delay=ALLOWED_DELAY):
    """settings: of the target; a call gets the size. ground: which server it is, and where the normal clients are.
    memory: that the server may take for the attack, in bytes. delay: that a normal client may have by it, in seconds."""

    def add(function):
        ATTACKS.append(Attack(name, bound, function, small, full, settings, ground, memory, delay))
        return ATTACKS[-1]

    return add


@dataclasses.dataclass
class Outcome:
    attack: Attack
    size: dict
    saw: str
    before: float  # p99 in seconds, of the normal clients
    during: float
    said: int
    memory: tuple  # bytes before, at the peak, after
    seconds: float

    @property
    def row(self):
        before, peak, after = (round(size / MEBIBYTE) for size in self.memory)
        return (f"| {self.attack.title(self.size)} | {self.attack.bound.format(**self.size)} | {self.saw} "
                f"| {self.before * 1000:.1f} -> {self.during * 1000:.1f} ms | {before} -> {peak} -> {after} MiB "
                f"| `script/attack {self.attack.key}` |")


class Siege:
    """A server, normal clients, and the time of the attack."""

    def __init__(self, ground, calm):
        self.ground = ground
        self.server = ground.server
        self.calm = calm
        self.host, self.port = self.server.host, self.server.port
        self.sanitized = "/asan/" in executable("ATTACK_TARGET")
        self.attacked = None
        self.memory = None
        self.calm_from = None

    def crowd(self, **options):
        return Crowd(self.host, self.port, **options)

    def stats(self):
        """What the server counts: sessions, memberships, who entered and who left."""
        return self.ground.counts()

    def stay_calm(self):
        """Normal life, that the attack is compared with, from now on."""
        self.calm_from = time.monotonic()
        time.sleep(self.calm)

    @contextlib.contextmanager
    def under_attack(self):
        """What happens in the block is the attack."""
        if self.calm_from is None:
            self.stay_calm()
        before = memory_of(self.server.pid)
        with open(f"/proc/{self.server.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")  # forgets the peak
        begin = time.monotonic()
        yield
        # Normal clients say something every few milliseconds; some of it is to be under way.
        time.sleep(max(0.0, SHORTEST - (time.monotonic() - begin)))
        self.attacked = (begin, time.monotonic())
        self.memory = (before, self._peak())

    def _peak(self):
        with open(f"/proc/{self.server.pid}/status", encoding="ascii") as file:
            line = next(line for line in file if line.startswith("VmHWM"))
        return int(line.split()[1]) << 10

    def check(self, holds, what):
        if not holds:
            raise AssertionError(what() if callable(what) else what)


def eventually(condition, what, timeout=15.0):
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() >= deadline:
            raise AssertionError(what())
        time.sleep(0.02)


def besiege(attack, size, *, calm=0.5):
    """Runs an attack with these sizes; AssertionError when something does not hold. calm: seconds of normal life that it
    is compared with."""
    begun = time.monotonic()
    settings = attack.settings(**size) if callable(attack.settings) else attack.settings
    with attack.ground(settings, measured_environment()) as ground:
        siege, server = Siege(ground, calm), ground.server
        siege.stats()
        descriptors = descriptors_of(server.pid, without=ground.kept)
        with NormalClients(siege.host, siege.port, **ground.normal) as normal:
            saw = attack.run(siege, **size)
            seen = {}

            def only_normal():
                try:
                    seen.update(siege.stats())
                except (AssertionError, ConnectionEnded):
                    return False  # the last of the attackers still have their places
                return seen["sessions"] == 2 and seen["memberships"] == 2 * ground.groups

            eventually(only_normal, lambda: f"what is left of the attackers: {seen}")
        eventually(lambda: siege.stats()["sessions"] == 0, lambda: f"sessions that are left: {siege.stats()}")
        counts = siege.stats()
        siege.check(counts["entered"] == counts["left"], f"who entered did not leave: {counts}")
        # The client that asks for the statistics has one, too.
        eventually(lambda: descriptors_of(server.pid, without=ground.kept) <= descriptors + 2,
                   lambda: f"{descriptors_of(server.pid, without=ground.kept)} descriptors after, {descriptors} before")
        after = memory_of(server.pid)
        code = server.stop()
        siege.check(code == 0, f"exit code {code}: {server.stderr}")
        siege.check("level=error" not in server.stderr, f"errors were logged: {server.stderr[-2000:]}")
    siege.check(normal.lost is None, f"the normal clients were lost: {normal.lost}")
    calm = normal.latencies(siege.calm_from, siege.attacked[0])
    attacked = normal.latencies(*siege.attacked)
    siege.check(calm and attacked, "the normal clients said nothing")
    before, during = percentile(calm, 0.99), percentile(attacked, 0.99)
    outcome = Outcome(attack, size, saw, before, during, len(attacked), (*siege.memory, after),
                      time.monotonic() - begun)
    most = attack.delay * (4 if siege.sanitized else 1) + MOST_TIMES_SLOWER * before
    if during >= most:
        raise TooSlow(f"a normal client waited {during:.3f} s, {before:.3f} s before the attack")
    allowed = attack.memory * (4 if siege.sanitized else 1)
    first, peak = siege.memory
    siege.check(peak - first < allowed, f"{(peak - first) / MEBIBYTE:.0f} MiB taken for the attack")
    # malloc keeps some of what it was given for the next time.
    siege.check(after - first < max(allowed / 2, 16 * MEBIBYTE), f"{(after - first) / MEBIBYTE:.0f} MiB not given back")
    return outcome
