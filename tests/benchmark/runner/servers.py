"""The servers that are measured: how each is started, and how it is ended."""
import dataclasses
import os
import pathlib
import re
import select
import shlex
import subprocess
import time

from .paths import PROGRAMS, RESULTS, SOURCES

URL = re.compile(rb"(?:http|ws)://127\.0\.0\.1:(\d+)")


class ServerError(Exception):
    pass


@dataclasses.dataclass(frozen=True)
class Spec:
    name: str
    """A command, or for a server that runs already its port."""
    command: tuple = ()
    port: int = 0
    protocol: str = "websocket"
    native: bool = True  # valgrind can count its instructions
    extra: bool = False  # given on the command line


OURS = "Chanx"
BEAST = "Beast, textbook"
FLOOR = "floor"
COALESCING_FLOOR = "floor, coalescing"


def own():
    return Spec(OURS, (PROGRAMS / "bench_server", "--port", "0", "--threads", "1"))


def beast():
    return Spec(BEAST, (PROGRAMS / "bench_beast", "--port", "0"))


def floors():
    return [Spec(COALESCING_FLOOR, (PROGRAMS / "bench_floor", "--port", "0", "--coalesce")),
            Spec(FLOOR, (PROGRAMS / "bench_floor", "--port", "0"))]


def npm():
    peers = SOURCES / "peers"
    return [Spec("ws (npm)", ("node", peers / "ws_server.js"), native=False),
            Spec("socket.io (npm)", ("node", peers / "socketio_server.js"), protocol="socketio", native=False)]


def peer(text):
    """Reads NAME=COMMAND or NAME=http://127.0.0.1:PORT."""
    name, _, value = text.partition("=")
    if not name or not value:
        raise ValueError(f"a peer is NAME=COMMAND or NAME=URL, not {text!r}")
    if found := URL.match(value.encode()):
        return Spec(name, port=int(found[1]), extra=True)
    return Spec(name, tuple(shlex.split(value)), extra=True)


def pid_listening_on(port):
    """The process of this user that listens on a port of 127.0.0.1, or 0."""
    inode = None
    for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and int(fields[1].split(":")[1], 16) == port:
            inode = f"socket:[{fields[9]}]"
    for link in pathlib.Path("/proc").glob("[0-9]*/fd/*") if inode else ():
        try:
            if os.readlink(link) == inode:
                return int(link.parts[2])
        except OSError:
            pass
    return 0


class Server:
    """A running server. A context: it ends with it, unless it was running before."""

    def __init__(self, spec, cpu=None, wrapper=(), patience=10):
        self.spec = spec
        self.process = None
        if spec.port:
            self.port, self.pid = spec.port, pid_listening_on(spec.port)
            return
        command = [*wrapper, *map(str, spec.command)]
        if cpu is not None:
            command = ["taskset", "-c", str(cpu), *command]
        RESULTS.mkdir(parents=True, exist_ok=True)
        self.log = RESULTS / (re.sub(r"\W+", "_", spec.name) + ".log")
        try:
            with self.log.open("wb") as log:
                self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        except OSError as error:
            raise ServerError(f"{spec.name} can't be started: {error.strerror}: {command[0]}") from None
        self.pid = self.process.pid
        try:
            self.port = self.read_port(patience)
        except BaseException:
            self.stop()
            raise

    def read_port(self, patience):
        deadline, text = time.monotonic() + patience, b""
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.process.stdout], [], [], 0.5)
            if not ready:
                continue
            piece = os.read(self.process.stdout.fileno(), 4096)
            text += piece
            if found := re.search(URL.pattern + rb"\D", text):
                return int(found[1])
            if not piece:
                break
        raise ServerError(f"{self.spec.name} did not say where it listens: {text.decode(errors='replace')}"
                          f"{self.log.read_text(errors='replace')[-2000:]}")

    def stop(self):
        if self.process is None:
            return
        process, self.process = self.process, None
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
