"""A consumer that can't even be made: its client is told, and the log says why."""

import unittest

from support.target import TargetCase


class BrokenConsumerTest(TargetCase):
    def test_a_constructor_that_throws_is_answered_with_500_and_logged(self):
        # One thread: the end of a client is seen before the next but one comes.
        self.start("max_connections=2", "max_pending_connections=1", arguments=("--threads", "1"))
        for number in range(4):
            client = self.client()
            response = client.upgrade("/broken/", {"X-Request-ID": f"broken-{number}"}).expect(500)
            self.assertEqual(response.json(), {"detail": "Internal server error"})
            self.assertEqual(response.headers["x-request-id"], f"broken-{number}")
            client.expect_end()
            client.close()
            line = self.server.wait_for_output(f"request=broken-{number}")
            for part in ("hook failed", "hook=constructor", "path=/broken/", "the constructor's own fault"):
                self.assertIn(part, line)
        # Its places are free again.
        client = self.client()
        client.upgrade("/echo/").expect(101)
        client.send_text("here")
        self.assertEqual(client.read_frame().payload, b"here")


if __name__ == "__main__":
    unittest.main()
