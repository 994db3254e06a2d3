"""Sends a notice to everybody in the group "news", through Redis, with nothing but Python: publish.py PORT"""
import json
import socket
import sys

# [docs:publish]
message = {"v": 1, "kind": "message", "message": {"action": "notice", "payload": "From Python"}}
command = [b"PUBLISH", b"chanx:group:news", json.dumps(message).encode()]
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as redis:
    redis.sendall(b"*%d\r\n" % len(command))
    for word in command:
        redis.sendall(b"$%d\r\n%b\r\n" % (len(word), word))
    print("processes that got it:", redis.recv(100).decode()[1:].strip())
# [/docs:publish]
