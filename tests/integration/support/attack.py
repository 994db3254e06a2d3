"""Crowds of hostile clients over raw sockets, cheap enough for thousands at a time: one thread, one epoll.

    crowd = Crowd(server.host, server.port)
    peers = crowd.connect(2000)
    crowd.send(peers, b"GET / HTTP/1.1\r\n")
    crowd.run(2.0, until=lambda: all(peer.ended for peer in peers))

Everything is bounded by the number of peers and by the time given to run(); leaving the block closes them all.
"""

import base64
import os
import resource
import select
import socket
import struct
import time

_LINGER_RESET = struct.pack("ii", 1, 0)


def allow_descriptors(count):
    """Raises this process's own limit of descriptors, for as many peers."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 64
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))


def upgrade_request(path, host="target", headers=()):
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
             "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
             *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode()


def descriptors_of(pid, *, without=None):
    """How many there are. without: a path whose files do not count."""
    if without is None:
        return len(os.listdir(f"/proc/{pid}/fd"))
    count = 0
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            count += not os.readlink(f"/proc/{pid}/fd/{number}").startswith(without)
        except OSError:
            pass  # closed meanwhile
    return count


def memory_of(pid):
    """Resident bytes."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


class Peer:
    """One connection. `received` is what came, up to `keep` bytes of it; `ended_at` when the server ended it."""

    __slots__ = ("socket", "received", "total", "keep", "began_at", "ended_at", "was_reset", "reading", "unsent", "first_at")

    def __init__(self, sock, keep):
        self.socket = sock
        self.received = bytearray()
        self.total = 0
        self.keep = keep
        self.began_at = time.monotonic()
        self.first_at = None
        self.ended_at = None
        self.was_reset = False
        self.reading = True
        self.unsent = b""

    @property
    def ended(self):
        return self.ended_at is not None

    @property
    def status(self):
        """Of the HTTP response, or None where there is none."""
        head = bytes(self.received[:12])
        return int(head[9:12]) if head.startswith(b"HTTP/1.") and head[9:12].isdigit() else None

    @property
    def frames(self):
        """(opcode, payload) of each whole frame behind the response's head."""
        at = self.received.find(b"\r\n\r\n") + 4
        found = []
        while at + 2 <= len(self.received):
            length, head = self.received[at + 1] & 0x7F, 2
            if length == 126:
                head, length = 4, int.from_bytes(self.received[at + 2:at + 4], "big")
            elif length == 127:
                head, length = 10, int.from_bytes(self.received[at + 2:at + 10], "big")
            if at + head + length > len(self.received):
                break
            found.append((self.received[at] & 0xF, bytes(self.received[at + head:at + head + length])))
            at += head + length
        return found

    @property
    def close_code(self):
        for opcode, payload in self.frames:
            if opcode == 8:
                return int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
        return None


class Crowd:
    """Many connections to one server, and what becomes of them."""

    def __init__(self, host, port, *, keep=4096):
        self.host, self.port, self.keep = host, port, keep
        self.peers = {}
        self._epoll = select.epoll()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for peer in list(self.peers.values()):
            self.vanish(peer)
        self._epoll.close()

    def connect(self, count=1, *, receive_buffer=None, at_once=500):
        """Opens connections; loopback's are there when connect() returns. at_once: between looks at what came."""
        allow_descriptors(len(self.peers) + count)
        made = []
        for number in range(count):
            sock = socket.socket(socket.AF_INET6 if ":" in self.host else socket.AF_INET, socket.SOCK_STREAM)
            if receive_buffer is not None:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            sock.settimeout(10)
            sock.connect((self.host, self.port))
            sock.setblocking(False)
            peer = Peer(sock, self.keep)
            self.peers[sock.fileno()] = peer
            self._epoll.register(sock.fileno(), select.EPOLLIN | select.EPOLLRDHUP)
            made.append(peer)
            if number % at_once == at_once - 1:
                self.poll(0)
        return made

    def send(self, peers, data):
        """Sends as far as the kernel takes it at once; the rest goes out while run() runs. data: bytes, or a call for each."""
        for peer in peers if isinstance(peers, (list, tuple)) else [peers]:
            if not peer.ended:
                peer.unsent += data(peer) if callable(data) else data
                self._flush(peer)

    def stop_reading(self, peer):
        """Half-open from now on: the server's bytes stay in the kernel."""
        peer.reading = False
        self._epoll.modify(peer.socket.fileno(), 0)

    def read_on(self, peer):
        """Reads what has waited, and from now on."""
        peer.reading = True
        # With a tiny one it would take the kernel's timers to get through.
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._epoll.modify(peer.socket.fileno(), select.EPOLLIN | select.EPOLLRDHUP)

    def shut_down(self, peer):
        peer.socket.shutdown(socket.SHUT_WR)

    def vanish(self, peer):
        """Closes it, as a browser's tab does."""
        self._forget(peer)

    def reset(self, peer):
        if peer.socket.fileno() >= 0:
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        self._forget(peer)

    def run(self, seconds, *, until=None, every=None, interval=0.05):
        """Takes what comes until the condition holds (True) or the time is over (False). every: called each interval."""
        end = time.monotonic() + seconds
        due = 0.0
        while True:
            now = time.monotonic()
            if until is not None and until():
                return True
            if now >= end:
                return until is None
            if every is not None and now >= due:
                every()
                due = now + interval
            self.poll(min(interval, end - now))

    def trickle(self, peers, data, *, interval, seconds):
        """Sends a byte to each in turn, one every interval, as long as any of them is open. True when all have ended."""
        position = 0

        def drip():
            nonlocal position
            byte = data[position % len(data):][:1]
            position += 1
            self.send(peers, byte)

        return self.run(seconds, until=lambda: all(peer.ended for peer in peers), every=drip, interval=interval)

    def poll(self, timeout):
        for number, events in self._epoll.poll(timeout, 1024):
            peer = self.peers.get(number)
            if peer is None:
                continue
            if events & select.EPOLLOUT:
                self._flush(peer)
            if peer.reading and events & ~select.EPOLLOUT:
                self._read(peer)
            elif events & (select.EPOLLERR | select.EPOLLHUP):
                self._end(peer, reset=True)

    def _read(self, peer):
        try:
            data = peer.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            self._end(peer, reset=True)
            return
        if not data:
            self._end(peer)
            return
        if peer.first_at is None:
            peer.first_at = time.monotonic()
        peer.total += len(data)
        room = peer.keep - len(peer.received)
        if room > 0:
            peer.received += data[:room]

    def _flush(self, peer):
        try:
            while peer.unsent:
                peer.unsent = peer.unsent[peer.socket.send(peer.unsent):]
        except BlockingIOError:
            pass
        except OSError:
            peer.unsent = b""
        wanted = select.EPOLLIN | select.EPOLLRDHUP if peer.reading else 0
        try:
            self._epoll.modify(peer.socket.fileno(), wanted | (select.EPOLLOUT if peer.unsent else 0))
        except (OSError, ValueError):
            pass

    def _end(self, peer, reset=False):
        peer.was_reset = reset
        self._forget(peer)

    def _forget(self, peer):
        if peer.ended_at is None:
            peer.ended_at = time.monotonic()
        number = peer.socket.fileno()
        if number >= 0:
            self.peers.pop(number, None)
            try:
                self._epoll.unregister(number)
            except OSError:
                pass
            peer.socket.close()
