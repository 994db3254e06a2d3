"""A WebSocket client over a plain socket that can break every rule of RFC 6455, for hostile tests.

    with RawClient("127.0.0.1", server.port) as client:
        client.upgrade("/ws/chat/1/", headers={"Cookie": "sessionid=..."}).expect(101)
        client.send_frame(OPCODE_TEXT, b"no mask", mask=None)
        client.expect_close(1002)
"""

import base64
import hashlib
import json
import os
import socket
import struct
import time
from dataclasses import dataclass, field

OPCODE_CONTINUATION = 0x0
OPCODE_TEXT = 0x1
OPCODE_BINARY = 0x2
OPCODE_CLOSE = 0x8
OPCODE_PING = 0x9
OPCODE_PONG = 0xA

DEFAULT_TIMEOUT = 10.0  # seconds
NO_CODE = 1005

_ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_RANDOM_MASK = object()
_MAX_HEAD = 1 << 16


class ProtocolError(AssertionError):
    """The server sent what it must not send, or not what the test expects."""


class ConnectionEnded(Exception):
    """The server ended the connection; `reset` tells a reset from an orderly end."""

    def __init__(self, reset=False):
        super().__init__("the connection was reset" if reset else "the connection was ended")
        self.reset = reset


@dataclass
class Response:
    """An HTTP response. The headers' names are in lower case; repeated ones are joined with commas."""

    status: int
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    def expect(self, status):
        if self.status != status:
            raise ProtocolError(f"expected status {status}, got {self.status}: {self.headers} {self.body!r}")
        return self

    def json(self):
        return json.loads(self.body)


@dataclass
class Frame:
    """A frame as it came."""

    opcode: int
    payload: bytes
    fin: bool = True
    rsv: int = 0

    @property
    def text(self):
        return self.payload.decode()

    @property
    def close_code(self):
        return struct.unpack("!H", self.payload[:2])[0] if len(self.payload) >= 2 else NO_CODE

    @property
    def close_reason(self):
        return self.payload[2:].decode()


def encode_frame(opcode, payload=b"", *, fin=True, rsv=0, mask=_RANDOM_MASK, declared_length=None,
                 length_form=None):
    """The bytes of a frame, right unless told otherwise.

    rsv: RSV1 to RSV3 as 4, 2 and 1. mask: 4 bytes, or None for no mask. declared_length: what the header says,
    whatever the payload has. length_form: 7, 16 or 64 bits, instead of the shortest.
    """
    if isinstance(payload, str):
        payload = payload.encode()
    if mask is _RANDOM_MASK:
        mask = os.urandom(4)
    length = len(payload) if declared_length is None else declared_length
    if length_form is None:
        length_form = 7 if length < 126 else 16 if length < 1 << 16 else 64
    mask_bit = 0x80 if mask is not None else 0
    head = bytes([(0x80 if fin else 0) | (rsv & 7) << 4 | opcode & 0xF])
    if length_form == 7:
        head += bytes([mask_bit | length])
    elif length_form == 16:
        head += struct.pack("!BH", mask_bit | 126, length)
    else:
        head += struct.pack("!BQ", mask_bit | 127, length)
    if mask is None:
        return head + payload
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return head + mask + masked.to_bytes(len(payload), "big")


def accept_key(key):
    return base64.b64encode(hashlib.sha1((key + _ACCEPT_GUID).encode()).digest()).decode()


class RawClient:
    """One TCP connection. Every wait has a deadline; a timeout is a TimeoutError."""

    def __init__(self, host, port, *, timeout=DEFAULT_TIMEOUT, receive_buffer=None):
        """timeout: seconds for each operation. receive_buffer: bytes of SO_RCVBUF, to play a slow reader."""
        self.timeout = timeout
        self._host = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._buffer = bytearray()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            if receive_buffer is not None:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self._socket.settimeout(timeout)
            self._socket.connect((host, port))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError:
            self._socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def local_port(self):
        return self._socket.getsockname()[1]

    def close(self):
        """Ends the connection without a Close frame."""
        self._socket.close()

    def reset(self):
        """Ends the connection with a TCP reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def shutdown_sending(self):
        """Ends the sending half only."""
        self._socket.shutdown(socket.SHUT_WR)

    # HTTP

    def upgrade(self, path="/", headers=None, *, method="GET", version="HTTP/1.1", early=b"", timeout=None):
        """Asks for a WebSocket and returns the response, checked when it is a 101.

        headers: dict or list of pairs; they replace the usual ones of the same name, and a value of None leaves
        that one out. early: bytes sent together with the request.
        """
        key = base64.b64encode(os.urandom(16)).decode()
        fields = self._merge({"Host": self._host, "Upgrade": "websocket", "Connection": "Upgrade",
                              "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key}, headers)
        self.send_bytes(self._head(method, path, version, fields) + early)
        response = self.read_response(timeout)
        if response.status == 101:
            sent = next((value for name, value in fields if name.lower() == "sec-websocket-key"), "")
            if response.headers.get("sec-websocket-accept") != accept_key(sent):
                raise ProtocolError(f"wrong Sec-WebSocket-Accept: {response.headers}")
        return response

    def request(self, method, path, headers=None, body=b"", *, timeout=None):
        """Sends an ordinary request on this connection and returns the response."""
        if isinstance(body, str):
            body = body.encode()
        usual = {"Host": self._host}
        if body or method in ("POST", "PUT", "PATCH"):
            usual["Content-Length"] = str(len(body))
        self.send_bytes(self._head(method, path, "HTTP/1.1", self._merge(usual, headers)) + body)
        return self.read_response(timeout, has_body=method != "HEAD")

    def read_response(self, timeout=None, *, has_body=True):
        deadline = self._deadline(timeout)
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > _MAX_HEAD:
                raise ProtocolError("the response's head does not end")
            self._receive(deadline)
        lines = bytes(self._buffer[:end]).decode("latin-1").split("\r\n")
        del self._buffer[: end + 4]
        status_line = lines[0].split(" ", 2)
        if len(status_line) < 2 or not status_line[0].startswith("HTTP/1.") or not status_line[1].isdigit():
            raise ProtocolError(f"not a status line: {lines[0]!r}")
        response = Response(int(status_line[1]))
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon:
                raise ProtocolError(f"not a header field: {line!r}")
            name, value = name.lower(), value.strip()
            known = response.headers.get(name)
            response.headers[name] = value if known is None else f"{known}, {value}"
        if has_body and response.status >= 200 and response.status not in (204, 304):
            response.body = self._read_body(response.headers, deadline)
        return response

    # Frames

    def send_bytes(self, data):
        self._socket.settimeout(self.timeout)
        self._socket.sendall(data)

    def send_frame(self, opcode, payload=b"", **options):
        """Sends one frame; the options are those of encode_frame."""
        self.send_bytes(encode_frame(opcode, payload, **options))

    def send_text(self, text):
        self.send_frame(OPCODE_TEXT, text)

    def send_json(self, value):
        self.send_text(json.dumps(value))

    def send_close(self, code=1000, reason=""):
        """code: None for an empty payload."""
        payload = b"" if code is None else struct.pack("!H", code) + reason.encode()
        self.send_frame(OPCODE_CLOSE, payload)

    def read_frame(self, timeout=None):
        """The next frame, whatever it is. Raises ConnectionEnded, or TimeoutError after `timeout` seconds."""
        deadline = self._deadline(timeout)
        first, second = self._peek(2, deadline)
        if second & 0x80:
            raise ProtocolError("the server masked a frame")
        length, head = second & 0x7F, 2
        if length == 126:
            head = 4
            length = struct.unpack("!H", self._peek(4, deadline)[2:])[0]
        elif length == 127:
            head = 10
            length = struct.unpack("!Q", self._peek(10, deadline)[2:])[0]
        payload = self._peek(head + length, deadline)[head:]
        del self._buffer[: head + length]
        return Frame(first & 0xF, payload, bool(first & 0x80), first >> 4 & 7)

    def read_json(self, timeout=None):
        """The next frame, which must be a text frame, as JSON."""
        frame = self.read_frame(timeout)
        if frame.opcode != OPCODE_TEXT or not frame.fin:
            raise ProtocolError(f"expected a text frame, got {frame}")
        return json.loads(frame.payload)

    def read_until_action(self, action, timeout=None):
        """Reads JSON frames up to the first with this action and returns that one."""
        deadline = self._deadline(timeout)
        seen = []
        while True:
            try:
                value = self.read_json(self._left(deadline))
            except (TimeoutError, ConnectionEnded) as error:
                raise ProtocolError(f"no {action!r} came ({error}), but {seen}") from error
            if value.get("action") == action:
                return value
            seen.append(value)

    def expect_close(self, code, timeout=None, *, skip=True):
        """Waits for a Close with this code, answers it and waits for the end of the connection.

        skip: whether other frames may come before it. Returns the Close.
        """
        deadline = self._deadline(timeout)
        while True:
            frame = self.read_frame(self._left(deadline))
            if frame.opcode == OPCODE_CLOSE:
                break
            if not skip:
                raise ProtocolError(f"expected a close, got {frame}")
        if frame.close_code != code:
            raise ProtocolError(f"expected close code {code}, got {frame.close_code} {frame.close_reason!r}")
        try:
            self.send_frame(OPCODE_CLOSE, frame.payload)
        except OSError:
            pass  # the server need not wait for the answer
        self.expect_end(self._left(deadline))
        return frame

    def expect_end(self, timeout=None):
        """Waits for the end of the connection; not a byte may come before it."""
        deadline = self._deadline(timeout)
        try:
            while not self._buffer:
                self._receive(deadline)
        except ConnectionEnded:
            return
        raise ProtocolError(f"expected the end, got {bytes(self._buffer[:200])!r}")

    def read_rest(self, timeout=None):
        """Everything up to the end of the connection, which may be a reset."""
        deadline = self._deadline(timeout)
        try:
            while True:
                self._receive(deadline)
        except ConnectionEnded:
            return self._take(len(self._buffer), deadline)

    def expect_silence(self, seconds):
        """Checks that the server sends nothing for that long."""
        try:
            while not self._buffer:
                self._receive(time.monotonic() + seconds)
        except TimeoutError:
            return
        raise ProtocolError(f"expected nothing, got {bytes(self._buffer[:200])!r}")

    # Bytes

    def _deadline(self, timeout):
        return time.monotonic() + (self.timeout if timeout is None else timeout)

    @staticmethod
    def _left(deadline):
        return max(0.0, deadline - time.monotonic())

    def _receive(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"nothing more came in time; {len(self._buffer)} bytes are unread")
        self._socket.settimeout(left)
        try:
            data = self._socket.recv(1 << 16)
        except TimeoutError:
            raise TimeoutError(f"nothing more came in time; {len(self._buffer)} bytes are unread") from None
        except (ConnectionResetError, BrokenPipeError):
            raise ConnectionEnded(reset=True) from None
        if not data:
            raise ConnectionEnded()
        self._buffer += data

    def _peek(self, count, deadline):
        while len(self._buffer) < count:
            self._receive(deadline)
        return bytes(self._buffer[:count])

    def _take(self, count, deadline):
        data = self._peek(count, deadline)
        del self._buffer[:count]
        return data

    def _take_line(self, deadline):
        while (end := self._buffer.find(b"\r\n")) < 0:
            self._receive(deadline)
        return self._take(end + 2, deadline)[:-2]

    def _read_body(self, headers, deadline):
        if "chunked" in headers.get("transfer-encoding", "").lower():
            body = b""
            while size := int(self._take_line(deadline).split(b";")[0], 16):
                body += self._take(size + 2, deadline)[:-2]
            while self._take_line(deadline):
                pass
            return body
        if "content-length" in headers:
            return self._take(int(headers["content-length"]), deadline)
        try:
            while True:
                self._receive(deadline)
        except ConnectionEnded:
            return self._take(len(self._buffer), deadline)

    @staticmethod
    def _merge(usual, headers):
        given = list(headers.items() if isinstance(headers, dict) else headers or [])
        replaced = {name.lower() for name, _ in given}
        fields = [(name, value) for name, value in usual.items() if name.lower() not in replaced]
        return fields + [(name, value) for name, value in given if value is not None]

    @staticmethod
    def _head(method, path, version, fields):
        lines = [f"{method} {path} {version}", *(f"{name}: {value}" for name, value in fields), "", ""]
        return "\r\n".join(lines).encode("latin-1")
