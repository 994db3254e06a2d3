"""Attacks on the chat beside normal users. At full size: script/attack."""

import unittest

from attacks import chat
from support.attack_case import AttackCase


class ChatAttacksTest(AttackCase):
    def test_guessing_passwords_is_slowed_down_and_holds_up_nobody(self):
        self.holds(chat.password_guessing)

    def test_a_user_who_floods_a_room_is_ended_and_holds_up_nobody(self):
        self.holds(chat.chat_flood)


if __name__ == "__main__":
    unittest.main()
