"""Who gets in: bounds of connections in all, by address and by user; hosts; targets."""

import unittest

from support.attack import Crowd, upgrade_request
from support.raw_client import ConnectionEnded
from support.target import TargetCase


class AdmissionCase(TargetCase):
    def assertBusy(self, response, word):
        response.expect(503)
        self.assertGreater(int(response.headers["retry-after"]), 0)
        self.assertEqual(response.headers["connection"].lower(), "close")
        self.assertIn("x-request-id", response.headers)
        self.assertIn(word, response.json()["detail"])


class ConnectionsTest(AdmissionCase):
    def test_who_comes_beyond_the_bound_is_told_so_and_the_others_are_served(self):
        self.start("max_connections=4")
        inside = [self.client() for _ in range(4)]
        for client in inside[:2]:
            client.upgrade("/echo/").expect(101)
        for client in inside[2:]:
            client.request("GET", "/stats").expect(200)
        self.assertBusy(self.client().request("GET", "/stats"), "as many connections")
        self.assertBusy(self.client().upgrade("/echo/"), "as many connections")
        inside[0].send_text("still here")
        self.assertEqual(inside[0].read_frame().text, "still here")
        self.assertEqual(inside[2].request("GET", "/stats").expect(200).status, 200)
        # A place that becomes free is given to the next.
        inside[1].close()
        self.eventually(lambda: self.client().request("GET", "/stats").status == 200, "a place to become free")

    def test_those_who_are_told_are_bounded_too_and_hold_their_place_for_two_seconds(self):
        self.start("max_connections=2", arguments=("--threads", "1"))
        normal = self.client()
        self.client()
        with Crowd(self.server.host, self.server.port) as crowd:
            silent = crowd.connect(200)
            # Beyond 128 for each loop they are closed at once.
            self.assertTrue(crowd.run(1.5, until=lambda: sum(peer.ended for peer in silent) >= 72))
            self.assertEqual(sum(peer.ended for peer in silent), 72)
            normal.request("GET", "/stats").expect(200)
            self.assertTrue(crowd.run(4, until=lambda: all(peer.ended for peer in silent)))
            self.assertLess(max(peer.ended_at - peer.began_at for peer in silent), 3.5)

        def told():
            try:
                self.assertBusy(self.client().request("GET", "/stats"), "as many connections")
            except ConnectionEnded:
                return False
            return True

        self.eventually(told, "a place among those who are told")
        # However many there are, there is a line for each kind in ten seconds.
        self.server.wait_for_output("why=unanswered")
        self.assertEqual(self.server.stderr.count("why=unanswered"), 1)

    def test_an_address_behind_a_trusted_proxy_has_its_own_bound(self):
        self.start("max_connections_per_address=3", "trusted_proxies=127.0.0.1")

        def come(address):
            client = self.client()
            return client, client.upgrade("/echo/", {"X-Forwarded-For": address})

        first = [come("203.0.113.7") for _ in range(3)]
        for _, response in first:
            response.expect(101)
        self.assertBusy(come("203.0.113.7")[1], "this address")
        come("203.0.113.8")[1].expect(101)
        # A /64 is one address.
        for number in range(3):
            come(f"2001:db8:0:1::{number}")[1].expect(101)
        self.assertBusy(come("2001:db8:0:1:ffff::1")[1], "this address")
        come("2001:db8:0:2::1")[1].expect(101)
        # HTTP through the proxy is not counted for its clients, for they share its connections.
        self.assertEqual(self.client().request("GET", "/stats", {"X-Forwarded-For": "203.0.113.7"}).status, 200)
        first[0][0].close()
        self.eventually(lambda: come("203.0.113.7")[1].status == 101, "the address' place to become free")

    def test_loopback_does_not_count(self):
        self.start("max_connections_per_address=1")
        for _ in range(5):
            self.client().upgrade("/echo/").expect(101)

    def test_a_user_has_a_bound_over_all_loops(self):
        self.start("max_connections_per_user=2", arguments=("--threads", "3"))
        inside = []
        for _ in range(2):
            inside.append(self.client())
            inside[-1].upgrade("/member/", {"X-User": "ada"}).expect(101)
            self.assertEqual(inside[-1].read_json()["payload"]["status_code"], 200)
        late = self.client()
        late.upgrade("/member/", {"X-User": "ada"}).expect(101)
        refusal = late.read_json()
        self.assertEqual(refusal["action"], "authentication")
        self.assertEqual(refusal["payload"]["status_code"], 429)
        self.assertEqual(refusal["payload"]["data"]["detail"], "Too many connections")
        late.expect_close(1013)
        other = self.client()
        other.upgrade("/member/", {"X-User": "bob"}).expect(101)
        self.assertEqual(other.read_json()["payload"]["status_code"], 200)
        inside[0].close()

        def let_in():
            client = self.client()
            client.upgrade("/member/", {"X-User": "ada"}).expect(101)
            return client.read_json()["payload"]["status_code"] == 200

        self.eventually(let_in, "the user's place to become free")


class HostsTest(AdmissionCase):
    def test_other_hosts_are_misdirected_over_http_and_websocket(self):
        self.start("allowed_hosts=chat.example", "allowed_hosts=*.inner.example", "allowed_hosts=[2001:DB8::1]",
                   "allowed_hosts=admin.example:8443")
        for host in ("chat.example", "CHAT.Example.", "chat.example:8000", "a.inner.example", "a.b.inner.example:1",
                     "[2001:db8:0::1]:80", "admin.example:8443"):
            with self.subTest(host):
                self.client().request("GET", "/stats", {"Host": host}).expect(200)
                self.client().upgrade("/echo/", {"Host": host}).expect(101)
        for host in ("evil.example", "inner.example", "chat.example.evil.example", "[2001:db8::2]", "admin.example",
                     "admin.example:80", "127.0.0.1", ""):
            with self.subTest(host):
                self.assertIn("host", self.client().request("GET", "/stats", {"Host": host}).expect(421).json()["detail"])
                refusal = self.client().upgrade("/echo/", {"Host": host}).expect(421)
                self.assertIn("x-request-id", refusal.headers)
        for host in ("a b", "user@chat.example", "chat.example/", "chat.example:port", "[::1"):
            with self.subTest(host):
                self.assertEqual(self.client().request("GET", "/stats", {"Host": host}).status, 400)

    def test_a_target_in_absolute_form_names_the_host(self):
        self.start("allowed_hosts=chat.example")
        for data, status in ((b"GET http://chat.example/stats HTTP/1.1\r\nHost: evil.example\r\n\r\n", 200),
                             (b"GET HTTPS://Chat.Example:443/stats?x=1 HTTP/1.1\r\nHost: a\r\n\r\n", 200),
                             (b"GET http://evil.example/stats HTTP/1.1\r\nHost: chat.example\r\n\r\n", 421),
                             (b"GET http://chat.example HTTP/1.1\r\nHost: chat.example\r\n\r\n", 404),
                             (b"GET http://me@chat.example/stats HTTP/1.1\r\nHost: chat.example\r\n\r\n", 400),
                             (b"GET http:///stats HTTP/1.1\r\nHost: chat.example\r\n\r\n", 400),
                             (b"GET ftp://chat.example/stats HTTP/1.1\r\nHost: chat.example\r\n\r\n", 400)):
            with self.subTest(data):
                client = self.client()
                client.send_bytes(data)
                client.read_response().expect(status)
        client = self.client()
        client.send_bytes(upgrade_request("http://chat.example/echo/", "other"))
        client.read_response().expect(101)
        client.send_text("hello")
        self.assertEqual(client.read_frame().text, "hello")

    def test_refused_upgrades_have_a_request_id(self):
        self.start()
        for path, headers in (("/none/", {}), ("/echo/", {"Sec-WebSocket-Version": "8"}), ("/echo/", {"Origin": "null"})):
            with self.subTest(path, headers=headers):
                response = self.client().upgrade(path, {**headers, "X-Request-ID": "abc"})
                self.assertGreaterEqual(response.status, 400)
                self.assertEqual(response.headers["x-request-id"], "abc")


if __name__ == "__main__":
    unittest.main()
