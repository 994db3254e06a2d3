"""TLS with peers that are slow, rude or gone."""

import os
import select
import signal
import socket
import ssl
import struct
import subprocess
import time
import unittest

from support.raw_client import OPCODE_CLOSE, OPCODE_TEXT, encode_frame
from support.tls_client import PiecewiseTls, TlsCase, TlsClient, context_for

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
          b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"


def wait_for_end(connection):
    """Reads until the server has ended the connection; an alert may come before."""
    try:
        while connection.recv(4096):
            pass
    except ConnectionResetError:
        pass


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class HandshakeTest(TlsCase):
    def test_a_silent_handshake_ends_at_its_deadline(self):
        server = self.serve("--handshake-timeout", "400")
        begin = time.monotonic()
        with socket.create_connection((server.host, server.port), 10) as silent:
            wait_for_end(silent)
        self.assertGreater(time.monotonic() - begin, 0.3)
        self.assertLess(time.monotonic() - begin, 5)
        server.wait_for_output("late_handshake")
        self.assertServes(server)

    def test_a_slow_handshake_ends_at_its_deadline(self):
        server = self.serve("--handshake-timeout", "600")
        with PiecewiseTls(server, self.context) as slow:
            hello = slow.client_hello()
            begin = time.monotonic()
            slow.socket.settimeout(0.05)
            try:
                for byte in hello:
                    slow.socket.sendall(bytes([byte]))
                    try:
                        self.assertEqual(slow.socket.recv(100), b"")
                        break
                    except TimeoutError:
                        pass
            except OSError:
                pass  # ended
            self.assertGreater(time.monotonic() - begin, 0.4)
            self.assertLess(time.monotonic() - begin, 5)
        server.wait_for_output("late_handshake")

    def test_nonsense_is_answered_with_an_alert_and_the_end(self):
        server = self.serve()
        for nonsense in (b"\x16\x03\x01\x00\x05hello", b"\x00" * 600, b"DELETE / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"x" * 70000,
                         b"\x17\x03\x03\x00\x01x"):
            with self.subTest(nonsense[:8]), socket.create_connection((server.host, server.port), 10) as client:
                client.sendall(nonsense)
                client.shutdown(socket.SHUT_WR)
                wait_for_end(client)
        self.assertServes(server)

    def test_failures_do_not_fill_the_log(self):
        server = self.serve()
        for _ in range(200):
            with socket.create_connection((server.host, server.port), 10) as client:
                client.sendall(b"\x00" * 16)
                wait_for_end(client)
        self.assertServes(server)
        self.assertLess(server.stderr.count("TLS handshake failed"), 60)

    def test_resets_in_each_phase_hurt_nobody_else(self):
        server = self.serve()
        with TlsClient(server, self.context) as bystander:
            bystander.upgrade("/").expect(101)
            for phase in range(7):
                for _ in range(20):
                    self.reset_in(server, phase)
                self.assertEchoes(bystander, f"phase {phase}")
        self.assertServes(server)
        self.assertEqual(server.stop(), 0)

    def reset_in(self, server, phase):
        client = PiecewiseTls(server, self.context)
        if phase == 1:
            client.socket.sendall(client.client_hello()[:50])
        elif phase == 2:
            client.socket.sendall(client.client_hello())
        elif phase >= 3:
            client.handshake()
        if phase == 4:
            client.send_records([REQUEST[:40]])
        elif phase >= 5:
            client.send_records([REQUEST])
            client.read_until(b"\r\n\r\n")
        if phase == 6:
            # It is sending while nobody reads.
            client.send_records([encode_frame(OPCODE_TEXT, "flood 400 10000")])
        reset(client.socket)

    def test_a_server_that_stops_does_not_wait_for_handshakes(self):
        server = self.serve()
        with socket.create_connection((server.host, server.port), 10) as silent, \
                TlsClient(server, self.context) as waiting, TlsClient(server, self.context) as client:
            client.upgrade("/").expect(101)
            begin = time.monotonic()
            server.send_signal(signal.SIGTERM)
            client.expect_close(1001)
            client.close()
            self.assertEqual(server.wait(), 0)
            self.assertLess(time.monotonic() - begin, 5)
            wait_for_end(silent)
            self.assertEqual(waiting.tls.recv(10), b"")


class SlowReaderTest(TlsCase):
    def test_one_that_reads_too_slowly_is_closed_with_1013(self):
        server = self.serve("--max-outbox", str(1 << 20))
        with TlsClient(server, self.context, receive_buffer=4096) as slow:
            slow.upgrade("/").expect(101)
            slow.send_text("flood 3000 10000")
            server.wait_for_output("code=1013")
            whole = 0
            while (frame := slow.read_frame()).opcode != OPCODE_CLOSE:
                self.assertEqual(frame.payload, b"x" * 10000)
                whole += 1
            self.assertEqual(frame.close_code, 1013)
            self.assertLess(whole, 3000)
            self.assertGreater(whole, 50)
        self.assertServes(server)

    def test_one_that_reads_slowly_gets_everything(self):
        server = self.serve("--max-outbox", str(64 << 20))
        with TlsClient(server, self.context, receive_buffer=4096) as slow, TlsClient(server, self.context) as other:
            slow.upgrade("/").expect(101)
            other.upgrade("/").expect(101)
            slow.send_text("flood 900 10000")
            self.assertEchoes(other)
            # It sends while it does not read: both directions of one connection are full.
            for i in range(20):
                slow.send_text(f"{i:05}")
            for _ in range(900):
                self.assertEqual(len(slow.read_frame().payload), 10000)
            self.assertEqual([slow.read_frame().text for _ in range(20)], [f"{i:05}" for i in range(20)])
            slow.send_text("flood 3 3000000")
            for _ in range(3):
                self.assertEqual(len(slow.read_frame().payload), 3_000_000)


class EndTest(TlsCase):
    def test_an_end_without_notice_is_an_end_without_close(self):
        server = self.serve()
        with TlsClient(server, self.context) as client:
            client.upgrade("/").expect(101)
            client.end_without_notice()
            self.assertIn("code=1006", server.wait_for_output('event="connection closed"'))

    def test_a_close_notify_without_close_is_one_too(self):
        server = self.serve()
        with TlsClient(server, self.context) as client:
            client.upgrade("/").expect(101)
            client.tls.settimeout(10)
            client.tls.unwrap()
            self.assertIn("code=1006", server.wait_for_output('event="connection closed"'))

    def test_broken_records_end_the_connection(self):
        server = self.serve()
        with PiecewiseTls(server, self.context) as client:
            client.handshake()
            client.send_records([REQUEST])
            client.read_until(b"\r\n\r\n")
            client.socket.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
            self.assertIn("code=1006", server.wait_for_output('event="connection closed"'))
            wait_for_end(client.socket)
        self.assertServes(server)


class OpensslClientTest(TlsCase):
    """What Python's ssl can't do: openssl's own client can, when it is told to by letters."""

    def s_client(self, server, *arguments):
        # What it writes to a pipe stays in its buffer.
        self.output, writing = os.openpty()
        self.addCleanup(os.close, self.output)
        process = subprocess.Popen(["openssl", "s_client", "-connect", f"{server.host}:{server.port}", "-CAfile",
                                    self.authority.certificate, *arguments], stdin=subprocess.PIPE,
                                   stdout=writing, stderr=writing)
        os.close(writing)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def read_until(self, end):
        text = b""
        deadline = time.monotonic() + 10
        while end not in text:
            ready, _, _ = select.select([self.output], [], [], max(0, deadline - time.monotonic()))
            byte = os.read(self.output, 1) if ready else b""
            if not byte:
                self.fail(f"openssl's output ended with {text[-500:]!r}, before {end!r}")
            text += byte

    @staticmethod
    def tell(process, text):
        process.stdin.write(text)
        process.stdin.flush()

    def test_keys_are_updated_while_it_is_idle_and_while_it_talks(self):
        server = self.serve()
        process = self.s_client(server, "-tls1_3")
        self.read_until(b"read R BLOCK")
        self.tell(process, REQUEST)
        self.read_until(b"HTTP/1.1 101")
        self.read_until(b"Sec-WebSocket-Accept")
        for i in range(5):
            # K asks for the other side's update as well.
            self.tell(process, b"K\n" if i % 2 else b"k\n")
            self.read_until(b"KEYUPDATE")
            self.tell(process, encode_frame(OPCODE_TEXT, f"message {i}"))
            self.read_until(b"message %d" % i)

    def test_nothing_is_negotiated_again(self):
        server = self.serve()
        process = self.s_client(server, "-tls1_2")
        self.read_until(b"Extended master secret: yes")
        self.tell(process, b"R\n")
        self.read_until(b"no renegotiation")
        self.assertServes(server, context_for(self.authority, version=ssl.TLSVersion.TLSv1_2))


if __name__ == "__main__":
    unittest.main()
