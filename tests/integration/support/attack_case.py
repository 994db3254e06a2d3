"""Runs attacks at their small sizes as tests."""

import unittest

from attacks.siege import TooSlow, besiege


class AttackCase(unittest.TestCase):
    def holds(self, attack):
        try:
            outcome = besiege(attack, attack.small)
        except TooSlow:
            outcome = besiege(attack, attack.small)  # once more, for the machine may have been busy
        # The test's log tells what was measured.
        print(outcome.row, flush=True)
