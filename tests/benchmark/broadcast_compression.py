#!/usr/bin/env python3
"""What a broadcast costs its server with compression and without: processor time and bytes.

    tests/benchmark/broadcast_compression.py build/release/tests/benchmark/bench_server [--members N] [--rounds N]

All members are in one group; one of them sends 1 KiB of words, and the next when all have got it. Runs with and without
an offer of compression take turns, with a new server each.
"""
import argparse
import base64
import json
import os
import pathlib
import random
import re
import select
import socket
import statistics
import subprocess

WORDS = ("the garden meeting please look at report tomorrow and we should talk about it again thanks everybody question is "
         "whether this works well enough for us").split()
OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"


def connect(port, compressed):
    member = socket.create_connection(("127.0.0.1", port))
    member.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    member.sendall(f"GET /room/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n{OFFER if compressed else ''}\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += member.recv(4096)
    if b" 101 " not in head or (b"permessage-deflate" in head) != compressed:
        raise SystemExit(f"not as expected: {head!r}")
    member.setblocking(False)
    return member


def message(source):
    text = " ".join(source.choice(WORDS) for _ in range(300))[:1024 - 36]
    payload = json.dumps({"action": "chat", "payload": text}).encode()
    return b"\x81\xfe" + len(payload).to_bytes(2, "big") + b"\0\0\0\0" + payload


def processor_time(pid):
    """In nanoseconds, of all threads."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def frame_size(data):
    length = data[1]
    return 4 + int.from_bytes(data[2:4], "big") if length == 126 else 2 + length


def run(program, members, rounds, compressed):
    """Microseconds of processor time and bytes, for each broadcast."""
    server = subprocess.Popen([program, "--threads", "1", "--compression"], stdout=subprocess.PIPE, text=True)
    try:
        port = int(re.search(r":(\d+)$", server.stdout.readline().strip())[1])
        sockets = [connect(port, compressed) for _ in range(members)]
        poll = select.epoll()
        by_number = {s.fileno(): s for s in sockets}
        for number in by_number:
            poll.register(number, select.EPOLLIN)
        source = random.Random(1)

        def broadcast():
            sockets[0].send(message(source))
            received, awaited = 0, set(by_number)
            left = dict.fromkeys(by_number, 0)
            while awaited:
                for number, _ in poll.poll(10):
                    data = by_number[number].recv(65536)
                    received += len(data)
                    left[number] = (left[number] or frame_size(data)) - len(data)
                    if left[number] == 0:
                        awaited.discard(number)
            return received

        for _ in range(5):
            broadcast()
        before = processor_time(server.pid)
        size = sum(broadcast() for _ in range(rounds))
        return (processor_time(server.pid) - before) / 1000 / rounds, size / rounds
    finally:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--members", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    found = {False: [], True: []}
    for _ in range(5):
        for compressed in found:
            found[compressed].append(run(options.program, options.members, options.rounds, compressed))
    for compressed, runs in found.items():
        time, size = statistics.median(time for time, _ in runs), runs[0][1]
        print(f"{'with   ' if compressed else 'without'}: {time:8.0f} us of processor time and {size / 1000:7.0f} kB "
              f"a broadcast to {options.members} members; {time / options.members:.2f} us and "
              f"{size / options.members:.0f} bytes a member")


if __name__ == "__main__":
    main()
