"""What an idle connection is made of: every block on the heap, by the function that asked for it (massif counts them)."""
import collections
import json
import re
import shutil
import socket
import subprocess
import tempfile
import urllib.request

from .paths import CHAT, RESULTS
from .servers import Server, Spec

PLUMBING = re.compile(r"allocate_frame|_M_mutate|thread_info_base::allocate|push_back|_M_realloc|operator new"
                      r"|allocate_descriptor_state|_Hashtable|emplace_back|_M_create")
LINE = re.compile(r"( *)n(\d+): (\d+) (?:0x[0-9A-Fa-f]+: )?(.*?)(?: \(in .*\))?$")
REQUEST = ("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n")
PING = b"\x81\x91\0\0\0\0" + b'{"action":"ping"}'


# What the greater blocks are, where the asking function's name alone does not say it.
MEANINGS = {
    "ApplicationCore::begin_upgrade": "the session with its scope (`Session`)",
    "make_shared SocketTransport": "socket, frame decoder and outbox (`SocketTransport`)",
    "make_consumer": "the application's own object (its consumer)",
    "chanx::ScopeBuilder::build": "the request: path, ids, addresses, header fields, in one text",
    "ApplicationCore::session_started": "its place in the list of all sessions",
    "Session::join": "the groups it is in: names and places",
    "vector: Session::join": "the groups it is in: the lists of them",
    "chanx::MemoryLayer::join": "its place in the groups' lists of members",
    "vector: WebsocketConnection::append": "what remains of the outbox of those used last",
    "WebsocketConnection::append": "what remains of the outbox of those used last",
    "Session::set_login": "the timer of the login's end",
    "chanx::detail::set_session_key": "the login's key",
    "set_session_key": "the login's key",
    "chanx::session_key_of": "the login's key",
    "vector: chanx::PathParams::add": "the route's parameters",
}
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


def open_connections(port, path, count, more=""):
    """@param more  header fields, each with its line end
    @return connections that have been upgraded and have had one request answered."""
    connections = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        connections.append(connection)
        connection.sendall(REQUEST.format(path=path, port=port, more=more).encode())
        head = b""
        while b"\r\n\r\n" not in head:
            piece = connection.recv(4096)
            if not piece:
                raise SnapshotError("the server refused a connection")
            head += piece
        connection.sendall(PING)
        answer = head
        while b"pong" not in answer:
            piece = connection.recv(4096)
            if not piece:
                raise SnapshotError("the server did not answer")
            answer += piece
    return connections


def enter_chat(port):
    """Registers with a chat and makes a room. @return its WebSocket's path and the header fields that let in"""
    def post(path, body, **fields):
        url = f"http://127.0.0.1:{port}"
        request = urllib.request.Request(url + path, json.dumps(body).encode(),
                                         {"Content-Type": "application/json", "Origin": url, **fields})
        return urllib.request.urlopen(request, timeout=60)
    cookie = post("/api/register", {"username": "idle", "password": "correct horse"}).headers["Set-Cookie"].split(";")[0]
    room = json.load(post("/api/rooms", {"name": "Idle"}, Cookie=cookie))["id"]
    return f"/ws/chat/{room}/", f"Origin: http://127.0.0.1:{port}\r\nCookie: {cookie}\r\n"


def measure_chat():
    with tempfile.TemporaryDirectory() as folder:
        command = (CHAT, "--port", "0", "--threads", "1", "--log-level", "warn", "--database", f"{folder}/chat.sqlite")
        return measure(Spec("chat", command), enter=enter_chat)


def measure(spec, path="", count=400, enter=None):
    """[(site, bytes of a connection)], greatest first.
    @param enter  called with the port, gives the path and more header fields"""
    wrapper = ("valgrind", "--tool=massif", "--massif-out-file=/dev/null", "--depth=12", "--threshold=0.01",
               f"--log-file={RESULTS / 'massif.log'}")
    with Server(spec, wrapper=wrapper, patience=60) as server:
        path, more = enter(server.port) if enter else (path, "")
        connections = open_connections(server.port, path, 5, more)  # what is made once
        before = sites(snapshot(server.pid, "massif-before"))
        connections += open_connections(server.port, path, count, more)
        after = sites(snapshot(server.pid, "massif-after"))
        for connection in connections:
            connection.close()
    each = collections.Counter()
    for site, size in after.items():
        each[MEANINGS.get(site, site)] += (size - before.get(site, 0)) / count
    return sorted(((site, size) for site, size in each.items() if size >= 4), key=lambda item: -item[1])
