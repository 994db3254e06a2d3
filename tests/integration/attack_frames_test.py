"""Floods of frames, and messages that claim more than they are, beside a normal client. At full size: script/attack."""

import unittest

from attacks import frames
from support.attack_case import AttackCase


class FrameAttacksTest(AttackCase):
    def test_pongs_that_are_not_read_take_no_memory(self):
        self.holds(frames.ping_flood_unread)

    def test_a_flood_of_tiny_messages_holds_up_nobody(self):
        self.holds(frames.message_flood)

    def test_a_flood_of_messages_that_have_a_rate_is_ended(self):
        self.holds(frames.rate_limited_flood)

    def test_a_message_in_empty_fragments_is_ended(self):
        self.holds(frames.empty_fragments)

    def test_answers_that_are_not_read_are_bounded(self):
        self.holds(frames.message_flood_unread)

    def test_a_frame_that_declares_a_gibibyte_takes_no_memory(self):
        self.holds(frames.gibibyte)

    def test_a_decompression_bomb_takes_no_more_than_a_message(self):
        self.holds(frames.bomb)

    def test_messages_that_never_end_take_what_was_sent_and_no_more(self):
        self.holds(frames.unfinished_messages)


if __name__ == "__main__":
    unittest.main()
