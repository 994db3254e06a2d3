"""A short soak of the chat: everything that clients do at once, and nothing of it left. In long: script/soak."""

import unittest

from soak.run import soak


class SoakTest(unittest.TestCase):
    def test_nothing_is_lost_and_nothing_is_left_after_a_crowd_of_all_kinds(self):
        report = soak(12)
        print("\n".join(report.lines), flush=True)
        self.assertEqual(report.failures, [])


if __name__ == "__main__":
    unittest.main()
