"""The chat's server as an HTTP server."""

import json
import unittest

from support.chat_client import User, chat_server
from support.raw_client import ConnectionEnded, RawClient

JSON = {"Content-Type": "application/json"}


class HttpTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(chat_server())

    def connect(self):
        return self.enterContext(RawClient(self.server.host, self.server.port))

    def request(self, *arguments, **options):
        return self.connect().request(*arguments, **options)

    def answer_to(self, data):
        client = self.connect()
        client.send_bytes(data)
        response = client.read_response()
        client.expect_end()
        return response

    # Requests that are wrong

    def test_garbage_is_a_bad_request(self):
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GARBAGE\r\n\r\n", b"GET\r\n\r\n",
                     b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
                     b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
                     b"GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n", b"GET /\x00 HTTP/1.1\r\n\r\n"):
            with self.subTest(data):
                self.assertIn("detail", self.answer_to(data).expect(400).json())

    def test_a_body_with_two_lengths_is_a_bad_request(self):
        head = b"POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        for fields in (b"Content-Length: 2\r\nContent-Length: 3\r\n", b"Content-Length: 2\r\nContent-Length: 2\r\n",
                       b"Content-Length: 2, 2\r\n", b"Content-Length: 2,2\r\n", b"Content-Length: 2,\r\n",
                       b"Content-Length: +2\r\n", b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"):
            with self.subTest(fields):
                self.answer_to(head + fields + b"\r\n{}").expect(400)

    def test_a_field_that_goes_on_in_another_line_is_a_bad_request(self):
        for fields in (b"X-One: a\r\n b\r\n", b"X-One: a\r\n\tb\r\n", b"X-One: a\r\n \r\n", b"X-One:\r\n a\r\n",
                       b"X-One: a\r\n Content-Length: 5\r\n", b" X-One: a\r\n"):
            with self.subTest(fields):
                self.answer_to(b"GET /healthz HTTP/1.1\r\n" + fields + b"Host: a\r\n\r\n").expect(400)
                self.answer_to(b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n").expect(400)

    def test_a_folded_field_that_comes_in_pieces_is_a_bad_request(self):
        for pieces in ((b"X-One: a\r\n", b" b\r\n\r\n"), (b"X-One: a\r", b"\n b\r\n\r\n"), (b"X-One: a\r\n ", b"b\r\n\r\n")):
            with self.subTest(pieces):
                client = self.connect()
                client.request("GET", "/healthz").expect(200)
                client.send_bytes(b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
                for piece in pieces:
                    client.expect_silence(0.05)
                    client.send_bytes(piece)
                client.read_response().expect(400)
                client.expect_end()

    def test_a_body_may_have_lines_that_begin_with_a_space(self):
        body = b' \r\n {"username":"nobody",\r\n "password":"long enough"}'
        client = self.connect()
        client.send_bytes(b"POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                          b"Content-Length: %d\r\n\r\n" % len(body) + body)
        client.read_response().expect(401)

    def test_a_body_of_a_coding_that_is_not_understood_is_not_taken_for_a_request(self):
        hidden = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        for version, coding in ((b"1.1", b"gzip"), (b"1.1", b"xchunked"), (b"1.1", b"identity"), (b"1.1", b"chunked, identity"),
                                (b"1.0", b"gzip, chunked"), (b"1.1", b'"chunked"'), (b"1.1", b""), (b"1.0", b"chunked"),
                                (b"1.1", b"chunked\r\nTransfer-Encoding: chunked")):
            with self.subTest(version=version, coding=coding):
                head = b"POST /api/logout HTTP/" + version + b"\r\nHost: a\r\nTransfer-Encoding: " + coding + b"\r\n\r\n"
                self.answer_to(head + hidden).expect(400)

    def test_a_coding_below_chunked_is_not_implemented(self):
        head = b"POST /api/logout HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
        response = self.answer_to(head + b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").expect(501)
        self.assertIn("Transfer-Encoding", response.json()["detail"])

    def test_a_huge_head_is_refused(self):
        client = self.connect()
        client.send_bytes(b"GET / HTTP/1.1\r\nX-Much: " + b"x" * 100_000)
        self.assertIn("head", client.read_response().expect(431).json()["detail"])
        client.expect_end()

    def test_a_large_body_is_refused_before_it_comes(self):
        client = self.connect()
        client.send_bytes(b"POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                          b"Content-Length: 1000000000\r\n\r\n")
        self.assertIn("body", client.read_response().expect(413).json()["detail"])
        client.shutdown_sending()
        client.expect_end()

    def test_a_large_body_that_comes_is_refused_and_the_answer_arrives(self):
        response = self.request("POST", "/api/login", JSON, b" " * 2_000_000)
        self.assertIn("body", response.expect(413).json()["detail"])

    def test_a_large_chunked_body_is_refused(self):
        client = self.connect()
        client.send_bytes(b"POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                          b"Transfer-Encoding: chunked\r\n\r\n" + (b"8000\r\n" + b" " * 0x8000 + b"\r\n") * 20)
        client.read_response().expect(413)

    def test_an_unknown_path_is_not_found_and_an_unknown_method_not_allowed(self):
        for path in ("/nowhere", "/api/", "/api/rooms/x/messages", "/chat/1"):
            with self.subTest(path):
                self.assertIn("detail", self.request("GET", path).expect(404).json())
        response = self.request("DELETE", "/api/rooms").expect(405)
        self.assertEqual({method.strip() for method in response.headers["allow"].split(",")}, {"GET", "HEAD", "POST"})
        self.request("BREW", "/healthz").expect(405)

    def test_changing_requests_of_foreign_origins_are_refused(self):
        body = json.dumps({"username": "mallory", "password": "long enough"})
        for origin in ("https://evil.example", "null"):
            response = self.request("POST", "/api/register", {**JSON, "Origin": origin}, body)
            self.assertIn("origin", response.expect(403).json()["detail"])
        own = f"http://{self.server.host}:{self.server.port}"
        self.request("POST", "/api/register", {**JSON, "Origin": own}, body).expect(201)

    # The connection

    def test_a_401_says_how_to_authenticate(self):
        with RawClient(self.server.host, self.server.port) as client:
            for path, headers in (("/api/me", {}), ("/api/me", {"Cookie": "sessionid=" + "0" * 64})):
                response = client.request("GET", path, headers).expect(401)
                self.assertEqual(response.headers["www-authenticate"], "Session")
            self.assertNotIn("www-authenticate", client.request("GET", "/none").expect(404).headers)

    def test_a_connection_serves_many_requests(self):
        client = self.connect()
        for _ in range(20):
            self.assertEqual(client.request("GET", "/healthz").expect(200).json(), {"status": "ok"})

    def test_pipelined_requests_are_answered_in_order(self):
        client = self.connect()
        client.send_bytes(b"".join(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
                                   for path in ("/healthz", "/nowhere", "/login", "/healthz")))
        self.assertEqual([client.read_response().status for _ in range(4)], [200, 404, 200, 200])

    def test_a_request_may_come_byte_by_byte(self):
        client = self.connect()
        for byte in b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n":
            client.send_bytes(bytes([byte]))
        client.read_response().expect(200)

    def test_a_connection_ends_when_the_client_says_so(self):
        for head in (b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                     b"GET /healthz HTTP/1.0\r\n\r\n"):
            with self.subTest(head):
                self.answer_to(head).expect(200)

    def test_a_request_before_the_upgrade_leaves_the_connection_usable(self):
        client = self.connect()
        client.request("GET", "/healthz").expect(200)
        client.upgrade("/ws/chat/1/").expect(101)
        self.assertEqual(client.read_json()["payload"]["status_code"], 401)
        client.expect_close(4401)

    def test_the_body_is_asked_for_where_the_client_waits_for_that(self):
        client = self.connect()
        body = json.dumps({"username": "nobody", "password": "long enough"}).encode()
        client.send_bytes(b"POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                          b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        client.read_response().expect(100)
        client.send_bytes(body)
        client.read_response().expect(401)

    def test_the_body_is_not_asked_for_of_a_client_that_knows_no_such_answer(self):
        client = self.connect()
        client.send_bytes(b"POST /api/login HTTP/1.0\r\nHost: a\r\nContent-Type: application/json\r\n"
                          b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}")
        client.read_response().expect(422)

    def test_a_chunked_body_is_read(self):
        client = self.connect()
        client.send_bytes(b"POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                          b"Transfer-Encoding: chunked\r\n\r\n")
        for part in (b'{"username":"no', b'body","password":"long enough"}', b""):
            client.send_bytes(b"%x\r\n%s\r\n" % (len(part), part))
        client.read_response().expect(401)

    def test_a_request_id_is_taken_over_where_it_is_one(self):
        given = self.request("GET", "/healthz", {"X-Request-ID": "abc.DEF_1-2"})
        self.assertEqual(given.headers["x-request-id"], "abc.DEF_1-2")
        for bad in ("has space", "x" * 65, "semi;colon", ""):
            made = self.request("GET", "/healthz", {"X-Request-ID": bad}).headers["x-request-id"]
            self.assertNotEqual(made, bad)
            self.assertRegex(made, r"^[A-Za-z0-9._-]{1,64}$")

    # Files

    def test_head_is_get_without_the_body(self):
        for path in ("/login", "/static/base.css", "/healthz", "/nowhere"):
            with self.subTest(path):
                get, head = self.request("GET", path), self.request("HEAD", path)
                self.assertEqual(head.status, get.status)
                self.assertEqual(head.headers["content-length"], get.headers["content-length"])
                self.assertEqual(head.headers["content-type"], get.headers["content-type"])
                self.assertEqual(head.body, b"")
                self.assertNotEqual(get.body, b"")

    def test_files_have_their_types_and_are_not_sent_again(self):
        for path, kind in (("/static/base.css", "text/css"), ("/static/js/chat.js", "text/javascript"),
                           ("/static/favicon.svg", "image/svg+xml"), ("/login", "text/html")):
            with self.subTest(path):
                client = self.connect()
                first = client.request("GET", path).expect(200)
                self.assertEqual(first.headers["content-type"].split(";")[0], kind)
                tag = first.headers["etag"]
                self.assertRegex(tag, r'^"[^"]+"$')
                for known in (tag, f'"other", {tag}', "*", f"W/{tag}"):
                    again = client.request("GET", path, {"If-None-Match": known}).expect(304)
                    self.assertEqual(again.headers["etag"], tag)
                client.request("GET", path, {"If-None-Match": '"other"'}).expect(200)

    def test_no_path_leads_out_of_the_files(self):
        for path in ("/static/../../etc/passwd", "/static/..%2f..%2fetc%2fpasswd", "/static/%2e%2e/%2e%2e/etc/passwd",
                     "/static/%2E%2E%5C..%5Cetc%5Cpasswd", "/static//etc/passwd", "/static/%2fetc%2fpasswd",
                     "/static/....//etc/passwd", "/static/%252e%252e/etc/passwd", "/static/base.css%00.js",
                     "/static/./base.css/../../../etc/passwd", "/static/", "/static", "/static/js", "/static/%c0%ae",
                     "/static/..", "/../etc/passwd"):
            with self.subTest(path):
                response = self.request("GET", path)
                self.assertIn(response.status, (400, 404))
                self.assertNotIn(b"root:", response.body)

    def test_pages_may_not_be_framed_or_sniffed(self):
        response = self.request("GET", "/login").expect(200)
        self.assertIn("frame-ancestors 'none'", response.headers["content-security-policy"])
        self.assertEqual(response.headers["x-content-type-options"], "nosniff")

    def test_answers_of_the_api_are_kept_by_no_cache(self):
        for path, status in (("/api/rooms", 401), ("/api/nothing", 404), ("/healthz", 200)):
            response = self.request("GET", path).expect(status)
            self.assertEqual(response.headers["cache-control"], "no-store")
        self.assertEqual(self.request("GET", "/static/base.css").expect(200).headers["cache-control"], "no-cache")

    def test_a_room_leads_to_the_login_and_an_unknown_one_nowhere(self):
        user = User(self.server, "carol")
        room = user.create_room("Kitchen")
        response = self.request("GET", f"/chat/{room}/").expect(303)
        self.assertEqual(response.headers["location"], f"/login?next=%2Fchat%2F{room}%2F")
        self.request("GET", f"/chat/{room}/", {"Cookie": user.cookie}).expect(200)
        self.request("GET", "/chat/4711/", {"Cookie": user.cookie}).expect(404)

    def test_a_client_that_goes_in_the_middle_hurts_nobody(self):
        for data in (b"GET /heal", b"POST /api/login HTTP/1.1\r\nContent-Length: 10\r\n\r\n{"):
            for go in ("close", "reset", "shutdown_sending"):
                client = self.connect()
                client.send_bytes(data)
                getattr(client, go)()
                if go == "shutdown_sending":
                    try:
                        client.read_response().expect(400)
                    except ConnectionEnded:
                        pass
        self.request("GET", "/healthz").expect(200)


if __name__ == "__main__":
    unittest.main()
