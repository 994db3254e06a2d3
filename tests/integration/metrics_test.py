"""What those see who run the chat: /metrics and /healthz on an address of their own."""

import json
import re
import unittest
import urllib.error
import urllib.request

from support.chat_client import AsyncTestCase, User, chat_server

TIMEOUT = 20  # seconds


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            return response.status, response.read().decode(), response.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


def operations_url(server):
    line = server.wait_for_output("Operations on ", stream="stdout")
    return line.removeprefix("Operations on ")


def metrics(url):
    """All samples: {'chanx_connections': 1.0, 'chanx_close_total{code="1000",cause="client"}': 2.0}."""
    status, text, _ = fetch(url + "/metrics")
    if status != 200:
        raise AssertionError(f"/metrics answered {status} {text}")
    samples = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            samples[name] = float(value)
    return samples


class MetricsTest(AsyncTestCase):
    async def test_after_known_traffic_the_numbers_are_exact(self):
        with chat_server("--operations-port", "0") as server:
            url = operations_url(server)
            if fetch(url + "/metrics")[0] == 404:
                self.skipTest("the chat was built without prometheus-cpp")
            alice, bob = User(server, "alice"), User(server, "bob")
            room = alice.create_room("Garden")
            bob.join(room)
            before = metrics(url)
            self.assertEqual(before["chanx_connections"], 0)
            async with alice.enter(room) as one, bob.enter(room) as other:
                now = metrics(url)
                self.assertEqual(now["chanx_connections"], 2)
                self.assertEqual(now['chanx_authentications_total{status="200"}'], 2)
                self.assertGreaterEqual(now["chanx_groups"], 1)
                for number in range(10):
                    await one.say(f"number {number}")
                await other.send({"action": "chat", "payload": ""})
                await other.send({"action": "nonsense"})
                await other.say("last")
            end = metrics(url)
            while end["chanx_session_objects"] > 0:
                end = metrics(url)
            self.assertEqual(end["chanx_messages_received_total"], 10 + 2 + 1)
            self.assertEqual(end['chanx_message_errors_total{type="invalid"}'], 2)
            self.assertEqual(end['chanx_message_errors_total{type="failed"}'], 0)
            self.assertEqual(end['chanx_close_total{code="1000",cause="client"}'], 2)
            self.assertEqual(end["chanx_connections_total"], 2)
            self.assertEqual(end["chanx_upgrades_total"], 2)
            for gauge in ("chanx_connections", "chanx_groups", "chanx_memberships", "chanx_tasks",
                          "chanx_outbox_bytes", "chanx_stalled_connections"):
                self.assertEqual(end[gauge], 0, gauge)
            # Both heard all that was said.
            self.assertGreaterEqual(end["chanx_messages_sent_total"], 2 * 11)

    async def test_it_is_prometheus_text_with_a_type_for_each_metric(self):
        with chat_server("--operations-port", "0") as server:
            url = operations_url(server)
            status, text, headers = fetch(url + "/metrics")
            if status == 404:
                self.skipTest("the chat was built without prometheus-cpp")
            self.assertTrue(headers["Content-Type"].startswith("text/plain; version=0.0.4"))
            types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
            for line in text.splitlines():
                if line.startswith("#"):
                    continue
                name = re.fullmatch(r"([a-z_]+)(\{[^}]*\})? [-+.e0-9a-zInf]+", line)
                self.assertTrue(name, line)
                base = re.sub(r"_(bucket|sum|count)$", "", name.group(1))
                self.assertTrue(name.group(1) in types or types.get(base) == "histogram", line)
            self.assertGreater(metrics(url)["process_open_fds"], 3)


class HealthTest(unittest.TestCase):
    def test_health_is_told_on_its_own_address_and_metrics_are_not_told_to_users(self):
        with chat_server("--operations-port", "0") as server:
            url = operations_url(server)
            status, text, _ = fetch(url + "/healthz")
            self.assertEqual((status, json.loads(text)), (200, {"status": "ok"}))
            self.assertEqual(fetch(server.url + "/metrics")[0], 404)
            self.assertEqual(server.stop(), 0)

    def test_without_the_option_there_is_no_such_address(self):
        with chat_server() as server:
            self.assertNotIn("Operations", server.stdout)


if __name__ == "__main__":
    unittest.main()
