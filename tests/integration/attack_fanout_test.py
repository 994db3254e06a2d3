"""Members of a large group that do not read, beside normal ones. At full size: script/attack."""

import unittest

from attacks import fanout
from support.attack_case import AttackCase


class FanoutAttacksTest(AttackCase):
    def test_a_stalled_reader_ends_at_its_bound_and_holds_up_nobody(self):
        self.holds(fanout.stalled_reader)


if __name__ == "__main__":
    unittest.main()
