"""Requests for a WebSocket that are refused before the 101."""

import json
import unittest

from support.chat_client import chat_server
from support.raw_client import OPCODE_TEXT, RawClient, encode_frame


class UpgradeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(chat_server("--allowed-origin", "https://chat.example"))

    def connect(self):
        return self.enterContext(RawClient(self.server.host, self.server.port))

    def upgrade(self, path="/ws/chat/1/", headers=None, **options):
        return self.connect().upgrade(path, headers, **options)

    def assertRefused(self, response, status, *reasons):
        response.expect(status)
        self.assertEqual(response.headers["content-type"].split(";")[0], "application/json")
        detail = response.json()["detail"]
        for reason in reasons:
            self.assertIn(reason, detail)

    def test_a_path_without_a_websocket_is_not_found(self):
        for path in ("/", "/ws/chat/", "/ws/chat/1", "/ws/chat/x/", "/ws/chat/-1/", "/ws/chat/99999999999999999999/",
                     "/ws/chat/1/?after=1/../", "/ws/other/1/", "/api/rooms", "/ws/chat/1/more/"):
            with self.subTest(path):
                if "?" not in path:
                    self.assertRefused(self.upgrade(path), 404, "path")
                else:
                    self.assertRefused(self.upgrade(path), 400, "after")

    def test_foreign_origins_are_refused(self):
        port = self.server.port
        for origin in ("null", "https://evil.example", "http://chat.example", "https://chat.example:444",
                       "https://chat.example.evil.example", f"https://127.0.0.1:{port}", "http://127.0.0.1",
                       f"http://localhost:{port}.evil.example", "", "file://", "https://chat.example/"):
            with self.subTest(origin):
                self.assertRefused(self.upgrade(headers={"Origin": origin}), 403, "origin")

    def test_a_host_field_makes_no_origin_ones_own(self):
        headers = {"Host": "evil.example", "Origin": "http://evil.example"}
        self.assertRefused(self.upgrade(headers=headers), 403, "origin")

    def test_own_and_allowed_origins_and_none_are_let_in(self):
        port = self.server.port
        for origin in (f"http://127.0.0.1:{port}", f"http://localhost:{port}", f"http://[::1]:{port}",
                       "https://chat.example", "https://CHAT.example:443", None):
            with self.subTest(origin):
                self.upgrade(headers={"Origin": origin}).expect(101)

    def test_two_origins_are_refused(self):
        origins = [("Origin", "https://chat.example"), ("Origin", "https://evil.example")]
        self.assertIn(self.upgrade(headers=origins).status, (400, 403))

    def test_bad_keys_are_refused(self):
        for key in (None, "", "short", "A" * 24, "AAAAAAAAAAAAAAAAAAAAAAAA==", "!!!!!!!!!!!!!!!!!!!!!!=="):
            with self.subTest(key):
                self.assertRefused(self.upgrade(headers={"Sec-WebSocket-Key": key}), 400, "Sec-WebSocket-Key")

    def test_other_versions_are_told_the_right_one(self):
        for version in (None, "8", "14", "013", "thirteen"):
            with self.subTest(version):
                response = self.upgrade(headers={"Sec-WebSocket-Version": version})
                self.assertRefused(response, 426, "Sec-WebSocket-Version")
                self.assertEqual(response.headers["sec-websocket-version"], "13")

    def test_a_request_that_is_no_right_upgrade_is_refused(self):
        self.assertRefused(self.upgrade(method="POST", headers={"Content-Length": "0"}), 405, "GET")
        self.assertRefused(self.upgrade(headers={"Connection": "keep-alive"}), 400, "Connection")

    def test_lists_and_other_cases_in_the_fields_are_understood(self):
        self.upgrade(headers={"Connection": "keep-alive, upgrade", "Upgrade": "WebSocket"}).expect(101)

    def test_a_plain_request_to_a_websocket_is_told_what_to_do(self):
        response = self.connect().request("GET", "/ws/chat/1/")
        self.assertRefused(response, 426, "WebSocket")
        self.assertEqual(response.headers["upgrade"].lower(), "websocket")
        self.assertIn("upgrade", response.headers["connection"].lower())

    def test_an_upgrade_in_http_1_0_is_none(self):
        # RFC 9110 section 7.8: it is ignored, so the request is what it is without.
        self.assertRefused(self.upgrade(version="HTTP/1.0"), 426, "WebSocket")
        self.assertEqual(self.upgrade("/healthz", version="HTTP/1.0").expect(200).json(), {"status": "ok"})

    def test_after_a_refusal_frames_are_ignored_and_the_connection_ends(self):
        for headers in ({"Origin": "null"}, {"Sec-WebSocket-Key": None}):
            with self.subTest(headers=headers):
                client = self.connect()
                early = encode_frame(OPCODE_TEXT, json.dumps({"action": "chat", "payload": "x"})) * 100
                response = client.upgrade("/ws/chat/1/", headers, early=early)
                self.assertIn(response.status, (400, 403))
                client.expect_end()


if __name__ == "__main__":
    unittest.main()
