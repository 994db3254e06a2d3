"""Attacks, measured: most are run small by a test, and all at full size by script/attack, from the same code."""
