"""Attacks, measured: each is run small by a test, and at full size by script/attack, from the same code."""
