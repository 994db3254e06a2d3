"""Hostile crowds beside a normal client: slow ones, floods, too many. At full size: script/attack."""

import unittest

from attacks import connections
from support.attack_case import AttackCase


class ConnectionAttacksTest(AttackCase):
    def test_two_thousand_heads_that_trickle_end_and_hold_up_nobody(self):
        self.holds(connections.slow_heads)

    def test_two_thousand_websockets_that_trickle_hold_up_nobody(self):
        self.holds(connections.slow_messages)

    def test_a_flood_of_connections_holds_up_nobody(self):
        self.holds(connections.connection_flood)

    def test_more_connections_than_places_hold_up_nobody_who_has_one(self):
        self.holds(connections.too_many_connections)


if __name__ == "__main__":
    unittest.main()
