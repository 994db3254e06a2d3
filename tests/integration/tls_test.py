"""TLS of a server: what is spoken, whom it lets in, and how its files are read again."""

import signal
import ssl
import unittest
import warnings

from support.chat_client import echo_server
from support.raw_client import OPCODE_BINARY, OPCODE_TEXT, RawClient, encode_frame
from support.tls_client import PiecewiseTls, TlsCase, TlsClient, context_for

MEBIBYTE = 1 << 20


class SpokenTest(TlsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.enterClassContext(cls.start(cls.pair))

    def test_http_and_websocket_are_served_and_the_scope_knows(self):
        self.assertEqual(self.server.url, f"https://127.0.0.1:{self.server.port}")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version), TlsClient(self.server, context_for(self.authority, version=version)) as client:
                self.assertEqual(client.request("GET", "/facts").expect(200).body, b"secure -")
                client.upgrade("/").expect(101)
                client.send_text("facts")
                self.assertEqual(client.read_frame().text, "secure -")
                self.assertEqual(client.tls.version(), {771: "TLSv1.2", 772: "TLSv1.3"}[version])

    def test_versions_before_1_2_are_refused(self):
        context = ssl.create_default_context(cafile=self.authority.certificate)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaisesRegex(ssl.SSLError, "ALERT_PROTOCOL_VERSION"):
            TlsClient(self.server, context)

    def test_ciphers_without_forward_secrecy_are_refused(self):
        context = context_for(self.authority, version=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers("AES128-GCM-SHA256:AES256-SHA")
        with self.assertRaisesRegex(ssl.SSLError, "HANDSHAKE_FAILURE"):
            TlsClient(self.server, context)

    def test_http_1_1_is_all_that_is_negotiated(self):
        for offered, chosen in (([], None), (["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1")):
            with self.subTest(offered):
                context = context_for(self.authority)
                context.set_alpn_protocols(offered)
                with TlsClient(self.server, context) as client:
                    self.assertEqual(client.tls.selected_alpn_protocol(), chosen)
        context = context_for(self.authority)
        context.set_alpn_protocols(["h2", "http/1.0"])
        with self.assertRaisesRegex(ssl.SSLError, "(?i)no.application.protocol"):
            TlsClient(self.server, context)

    def test_plain_http_is_told_that_the_port_speaks_tls(self):
        for method in ("GET", "POST"):
            with RawClient(self.server.host, self.server.port) as client:
                response = client.request(method, "/facts", body=b"x" * 5000 if method == "POST" else b"")
                self.assertEqual(response.status, 400)
                self.assertTrue(response.headers["content-type"].startswith("text/plain"))
                self.assertIn(b"This port speaks TLS", response.body)
                client.expect_end()
        self.assertServes(self.server)

    def test_large_messages_go_both_ways(self):
        text = "".join(chr(97 + i % 26) for i in range(MEBIBYTE))
        with TlsClient(self.server, self.context) as client:
            client.upgrade("/").expect(101)
            for _ in range(3):
                client.send_text(text)
                self.assertTrue(client.read_frame().text == text)
                client.send_frame(OPCODE_BINARY, text.encode())
                self.assertTrue(client.read_frame().payload == text.encode())
            body = text.encode() * 3
        with TlsClient(self.server, self.context) as client:
            for _ in range(2):
                self.assertTrue(client.request("POST", "/body", body=body).expect(200).body == body)

    def test_small_messages_stay_in_order_and_share_records(self):
        with TlsClient(self.server, self.context) as client:
            client.upgrade("/").expect(101)
            client.send_bytes(b"".join(encode_frame(OPCODE_TEXT, str(i)) for i in range(2000)))
            self.assertEqual([client.read_frame().text for _ in range(2000)], [str(i) for i in range(2000)])

    def test_frames_behind_the_request_are_answered(self):
        request = ("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n").encode()
        frames = [encode_frame(OPCODE_TEXT, f"{i:03}") for i in range(100)]
        # In the same record, in the next ones, and cut anywhere.
        for records, step in (([request + b"".join(frames)], None), ([request, *frames], None),
                              ([request, *frames], 7)):
            with self.subTest(records=len(records), step=step), PiecewiseTls(self.server, self.context) as client:
                client.handshake()
                client.send_records(records, step)
                self.assertTrue(client.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 101"))
                self.assertEqual(client.read(5 * 100), b"".join(b"\x81\x03%03d" % i for i in range(100)))

    def test_a_handshake_byte_by_byte_succeeds(self):
        with PiecewiseTls(self.server, self.context) as client:
            client.handshake(step=1)
            client.send_records([b"GET /facts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"], step=1)
            self.assertTrue(client.read_until(b"secure -").startswith(b"HTTP/1.1 200"))

    def test_a_close_ends_with_close_notify(self):
        with TlsClient(self.server, self.context) as client:
            client.upgrade("/").expect(101)
            client.send_close(1000)
            self.assertEqual(client.read_frame().close_code, 1000)
            # An end without notice would raise SSLEOFError.
            self.assertEqual(client.tls.recv(100), b"")
        with TlsClient(self.server, self.context) as client:
            client.request("GET", "/facts", {"Connection": "close"}).expect(200)
            self.assertEqual(client.tls.recv(100), b"")

    def test_a_session_is_resumed_by_ticket(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = context_for(self.authority, version=version)
            with self.subTest(version), TlsClient(self.server, context) as first:
                first.request("GET", "/facts").expect(200)
                with TlsClient(self.server, context, session=first.tls.session) as second:
                    second.request("GET", "/facts").expect(200)
                    self.assertFalse(first.tls.session_reused)
                    self.assertTrue(second.tls.session_reused)

    def test_an_idle_connection_stays_small(self):
        with TlsClient(self.server, self.context) as asking:
            def heap():
                return int(asking.request("GET", "/heap").expect(200).body)
            if heap() == 0:
                self.skipTest("this build's heap does not tell its size")

            def connect(count):
                for _ in range(count):
                    client = self.enterContext(TlsClient(self.server, self.context))
                    client.upgrade("/").expect(101)
                    client.send_text("x" * 5000)
                    client.read_frame()
            connect(20)
            before = heap()
            connect(100)
            self.assertLess((heap() - before) / 100, 18_000)


class ClientCertificateTest(TlsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = cls.authority.issue("alice", subject="/C=DE/O=Example, Inc./CN=alice")
        cls.mallory = cls.files.authority("others").issue("mallory")

    def facts(self, server, **options):
        with TlsClient(server, context_for(self.authority, **options)) as client:
            client.upgrade("/").expect(101)
            client.send_text("facts")
            return client.read_frame().text

    def test_without_asking_nobody_is_known(self):
        self.assertEqual(self.facts(self.serve(), client=self.alice), "secure -")

    def test_an_optional_certificate_is_known_or_not(self):
        server = self.serve("--client-ca", self.authority.certificate, "--client-certificates", "optional")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version):
                self.assertEqual(self.facts(server, client=self.alice, version=version),
                                 "secure CN=alice,O=Example\\, Inc.,C=DE")
                self.assertEqual(self.facts(server, version=version), "secure -")
                with self.assertRaisesRegex(ssl.SSLError, "UNKNOWN_CA"):
                    self.facts(server, client=self.mallory, version=version)
        with TlsClient(server, context_for(self.authority, client=self.alice)) as client:
            self.assertEqual(client.request("GET", "/facts").body, b"secure CN=alice,O=Example\\, Inc.,C=DE")

    def test_a_required_certificate_is_needed(self):
        server = self.serve("--client-ca", self.authority.certificate, "--client-certificates", "required")
        self.assertEqual(self.facts(server, client=self.alice), "secure CN=alice,O=Example\\, Inc.,C=DE")
        with self.assertRaisesRegex(ssl.SSLError, "CERTIFICATE_REQUIRED"):
            self.facts(server)
        with self.assertRaisesRegex(ssl.SSLError, "UNKNOWN_CA"):
            self.facts(server, client=self.mallory)

    def test_a_certificate_is_shown_in_each_handshake(self):
        server = self.serve("--client-ca", self.authority.certificate, "--client-certificates", "optional")
        context = context_for(self.authority, client=self.alice, version=ssl.TLSVersion.TLSv1_2)
        with TlsClient(server, context) as first:
            first.request("GET", "/facts").expect(200)
            with TlsClient(server, context, session=first.tls.session) as second:
                self.assertIn(b"CN=alice", second.request("GET", "/facts").expect(200).body)
                self.assertFalse(second.tls.session_reused)


class ReloadTest(TlsCase):
    def setUp(self):
        self.used = self.authority.issue_server("used")
        self.server = self.serve(pair=self.used)

    def reload(self, expected):
        self.server.send_signal(signal.SIGHUP)
        return self.server.wait_for_output(expected)

    def test_a_new_certificate_is_for_new_connections_and_old_ones_stay(self):
        with TlsClient(self.server, self.context) as old:
            old.upgrade("/").expect(101)
            self.used.replace_by(self.authority.issue_server("fresh"))
            self.reload("TLS files reloaded")
            with TlsClient(self.server, self.context) as new:
                self.assertNotEqual(new.serial(), old.serial())
                new.upgrade("/").expect(101)
                self.assertEchoes(new)
            self.assertEchoes(old)
            # What a former key made is no key any more.
            with TlsClient(self.server, self.context, session=old.tls.session) as again:
                self.assertFalse(again.tls.session_reused)

    def test_bad_files_leave_the_old_ones_in_use(self):
        with TlsClient(self.server, self.context) as old:
            old.upgrade("/").expect(101)
            serial = old.serial()
            self.files.file("used.key", "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n")
            line = self.reload("TLS files were not reloaded")
            self.assertIn("level=error", line)
            self.assertIn("used.key", line)
            self.assertNotIn("secret", self.server.stderr)
            self.assertEchoes(old)
            with TlsClient(self.server, self.context) as new:
                self.assertEqual(new.serial(), serial)
                new.upgrade("/").expect(101)
                self.assertEchoes(new)
            self.used.replace_by(self.authority.issue_server("better"))
            self.reload("TLS files reloaded")
            with TlsClient(self.server, self.context) as new:
                self.assertNotEqual(new.serial(), serial)

    def test_a_hangup_without_tls_ends_nothing(self):
        with echo_server() as server, RawClient(server.host, server.port) as client:
            client.upgrade("/").expect(101)
            server.send_signal(signal.SIGHUP)
            server.wait_for_output("without TLS there is nothing")
            self.assertEchoes(client)
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
