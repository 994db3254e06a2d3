"""Chat connections by the thousand: as little Python per frame as possible.

    connection = await RawChat.open(port, room, cookie, on_frame)
    connection.send({"action": "chat", "payload": "Hello", "ref": 1})
"""

import asyncio
import base64
import json
import os
import socket
import struct


class Refused(Exception):
    """The upgrade was refused; the text holds the status line."""


class RawChat(asyncio.Protocol):
    """A WebSocket client for a server that sends unfragmented text (RFC 6455 section 5.2)."""

    def __init__(self, port, room, cookie, origin, on_frame, query):
        self._request = (f"GET /ws/chat/{room}/{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                         f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nOrigin: {origin}\r\nCookie: {cookie}\r\n"
                         f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n\r\n").encode()
        self._on_frame = on_frame
        self._buffer = b""
        self._upgraded = False
        self._transport = None
        self.opened = asyncio.get_running_loop().create_future()
        self.close_code = None
        self.closed = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, port, room, cookie, on_frame, origin=None, query=""):
        """on_frame(connection, frame) is called for each frame, decoded."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: cls(port, room, cookie, origin or f"http://127.0.0.1:{port}", on_frame, query), "127.0.0.1", port)
        await connection.opened
        return connection

    def send(self, message):
        payload = json.dumps(message).encode()
        size = len(payload)
        head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0xFE]) + size.to_bytes(2, "big")
        # A mask of zeros is a mask (section 5.3), and costs nothing.
        self._transport.write(head + b"\0\0\0\0" + payload)

    def close(self):
        self._transport.write(bytes([0x88, 0x82, 0, 0, 0, 0]) + (1000).to_bytes(2, "big"))

    def abort(self):
        self._transport.abort()

    def reset(self):
        """Ends the connection with a TCP reset."""
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def stop_reading(self):
        self._transport.pause_reading()

    def read_on(self):
        self._transport.resume_reading()

    def connection_made(self, transport):
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data):
        self._buffer += data
        if not self._upgraded:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            status = self._buffer[:self._buffer.index(b"\r\n")].decode()
            if " 101 " not in status:
                self.opened.set_exception(Refused(status))
                self._transport.abort()
                return
            self._buffer = self._buffer[end + 4:]
            self._upgraded = True
            self.opened.set_result(None)
        at, buffer = 0, self._buffer
        while len(buffer) - at >= 2:
            size, begin = buffer[at + 1], at + 2
            if size == 126:
                if len(buffer) - at < 4:
                    break
                size, begin = int.from_bytes(buffer[at + 2:at + 4], "big"), at + 4
            elif size == 127:
                if len(buffer) - at < 10:
                    break
                size, begin = int.from_bytes(buffer[at + 2:at + 10], "big"), at + 10
            if len(buffer) < begin + size:
                break
            self._take(buffer[at] & 15, buffer[begin:begin + size])
            at = begin + size
        self._buffer = buffer[at:]

    def _take(self, opcode, payload):
        if opcode == 1:
            self._on_frame(self, json.loads(payload))
        elif opcode == 8:
            self.close_code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
        elif opcode == 9:
            self._transport.write(bytes([0x8A, 0x80 | len(payload), 0, 0, 0, 0]) + payload)

    def connection_lost(self, error):
        if not self.opened.done():
            self.opened.set_exception(Refused(f"connection lost: {error}"))
        if not self.closed.done():
            self.closed.set_result(self.close_code or 1006)
