"""The chat under everything that clients do, for as long as one likes: script/soak, and in short soak_test.py."""
