"""Members of a large group that do not read, beside normal ones. At full size: script/attack."""

import unittest

from attacks import fanout
from support.attack_case import AttackCase


class FanoutAttacksTest(AttackCase):
    def test_a_stalled_reader_ends_at_its_bound_and_holds_up_nobody(self):
        self.holds(fanout.stalled_reader)

    def test_a_stalled_reader_of_what_is_the_latest_stays(self):
        self.holds(fanout.stalled_reader_of_latest)


if __name__ == "__main__":
    unittest.main()
