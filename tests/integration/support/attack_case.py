"""Runs attacks at their small sizes as tests."""

import unittest

from attacks.siege import besiege


class AttackCase(unittest.TestCase):
    def holds(self, attack):
        outcome = besiege(attack, attack.small)
        # The test's log tells what was measured.
        print(outcome.row, flush=True)
