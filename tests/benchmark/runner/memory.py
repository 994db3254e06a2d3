"""What an idle connection is made of: every block on the heap, by the function that asked for it (massif counts them)."""
import collections
import re
import shutil
import socket
import subprocess

from .paths import RESULTS
from .servers import Server

PLUMBING = re.compile(r"allocate_frame|_M_mutate|thread_info_base::allocate|push_back|_M_realloc|operator new"
                      r"|allocate_descriptor_state|_Hashtable|emplace_back|_M_create")
LINE = re.compile(r"( *)n(\d+): (\d+) (?:0x[0-9A-Fa-f]+: )?(.*?)(?: \(in .*\))?$")
REQUEST = ("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
PING = b"\x81\x91\0\0\0\0" + b'{"action":"ping"}'


KINDS = (("allocate_frame", "coroutine frames"), ("allocate_descriptor_state", "Asio's state of a descriptor"),
         ("thread_info_base::allocate", "Asio operation"), ("_M_mutate", "string"), ("_M_create", "string"),
         ("_Hashtable", "hash table"), ("vector", "vector"), ("", ""))


class SnapshotError(Exception):
    pass


def available():
    return shutil.which("valgrind") is not None and shutil.which("vgdb") is not None


def shorten(name):
    """A function's name without template arguments and parameters."""
    name = name.replace("(anonymous namespace)::", "").replace("[abi:cxx11]", "")
    depth, out = 0, []
    for character in name:
        depth += character == "<"
        if depth == 0:
            out.append(character)
        depth -= character == ">"
    return re.sub(r"\(.*", "", "".join(out)).split(" ")[-1].replace("chanx::detail::", "").strip() or name[:60]


def label(stack):
    """What a block is, from the functions between malloc and the first that is no mere plumbing."""
    made = re.search(r"__shared_ptr<([\w:]+)", stack[-1])
    if made:
        return f"make_shared {made[1].split('::')[-1]}"
    if stack[-1].startswith("in "):
        return "smaller ones"
    kind = next(name for key, name in KINDS if any(key in part for part in stack))
    return f"{kind}: {shorten(stack[-1])}" if kind else shorten(stack[-1])


def sites(text):
    """{site: bytes} of a massif snapshot."""
    found = collections.Counter()
    stack = []
    lines = [LINE.match(line) for line in text.splitlines()]
    for match in filter(None, lines):
        depth, size, name = len(match[1]), int(match[3]), match[4]
        del stack[depth:]
        stack.append(name)
        if depth == 0 or any(not PLUMBING.search(above) for above in stack[1:-1]):
            continue
        if PLUMBING.search(name) and match[2] != "0":
            continue
        found[label(stack[1:])] += size
    return found


def snapshot(pid, name):
    path = RESULTS / name
    path.unlink(missing_ok=True)
    subprocess.run(["vgdb", f"--pid={pid}", f"detailed_snapshot {path}"], capture_output=True, timeout=60)
    if not path.exists():
        raise SnapshotError("valgrind did not write a snapshot")
    return path.read_text()


def open_connections(port, path, count):
    """Connections that have been upgraded and have had one request answered."""
    connections = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        connections.append(connection)
        connection.sendall(REQUEST.format(path=path, port=port).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(4096)
            if not piece:
                raise SnapshotError("the server refused a connection")
            head += piece
        connection.sendall(PING)
        if b"pong" not in connection.recv(4096):
            raise SnapshotError("the server did not answer")
    return connections


def measure(spec, path, count=400):
    """[(site, bytes of a connection)], greatest first."""
    wrapper = ("valgrind", "--tool=massif", "--massif-out-file=/dev/null", "--depth=12", "--threshold=0.01",
               f"--log-file={RESULTS / 'massif.log'}")
    with Server(spec, wrapper=wrapper, patience=60) as server:
        connections = open_connections(server.port, path, 5)  # what is made once
        before = sites(snapshot(server.pid, "massif-before"))
        connections += open_connections(server.port, path, count)
        after = sites(snapshot(server.pid, "massif-after"))
        for connection in connections:
            connection.close()
    each = {site: (size - before.get(site, 0)) / count for site, size in after.items()}
    return sorted(((site, size) for site, size in each.items() if size >= 4), key=lambda item: -item[1])
