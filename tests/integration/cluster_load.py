#!/usr/bin/env python3
"""A crowd that chats through nginx with several chat processes while Redis is restarted, and what every client saw of it.

    cluster_load.py --chat build/release/examples/chat/chat [--clients 3000] [--rate 200] [--seconds 60]

Exits with 1 unless every message that was acknowledged is in the view of every client in its room, once, and in the order of
the ids. Prints figures; latencies are from sending to each receipt, on a machine that runs clients and servers alike.
"""

import argparse
import asyncio
import collections
import concurrent.futures
import os
import pathlib
import resource
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent / "examples" / "chat" / "deploy")]

import cluster as deploy  # noqa: E402
from support.chat_client import User  # noqa: E402
from support.raw_chat import RawChat, Refused  # noqa: E402


class View:
    """What one client has seen of its room, through all of its connections."""

    def __init__(self, user, room):
        self.user, self.room = user, room
        self.ids = []
        self.connection = None
        self.reconnects = 0


class Crowd:
    def __init__(self, cluster, options):
        self.cluster, self.options = cluster, options
        self.views = []
        self.sent = {}  # ref -> (room, began)
        self.acknowledged = collections.defaultdict(set)  # room -> texts
        self.refused = 0
        self.latencies = collections.defaultdict(list)  # phase -> seconds
        self.phase = "before"
        self.ready = 0
        self.running = True

    def on_frame(self, view, frame):
        action = frame["action"]
        if action == "chat":
            view.ids.append(frame["id"])
            began = self.sent.get(frame["payload"])
            if began:
                self.latencies[self.phase].append(time.monotonic() - began[1])
        elif action == "history":
            known = view.ids[-1] if view.ids else 0
            # What came between joining and reading the history is in both.
            view.ids += [message["id"] for message in frame["payload"] if message["id"] > known]
        elif action == "complete":
            if frame.get("ref") in self.sent:
                room, _ = self.sent[frame["ref"]]
                self.acknowledged[room].add(frame["ref"])
            elif not frame.get("ref"):
                self.ready += 1
        elif action == "error":
            self.refused += 1
            self.sent.pop(frame.get("ref"), None)

    async def connect(self, view):
        query = f"?after={view.ids[-1]}" if view.ids else ""
        view.connection = await RawChat.open(self.cluster.port, view.room, view.user.cookie,
                                             lambda _, frame: self.on_frame(view, frame), self.cluster.url, query)

    async def keep_connected(self, view):
        while True:
            await view.connection.closed
            if not self.running:
                return
            view.reconnects += 1
            while self.running:
                try:
                    await self.connect(view)
                    break
                except (OSError, Refused):
                    await asyncio.sleep(0.2)

    async def open_all(self):
        pending = iter(self.views)

        async def some():
            for view in pending:
                await self.connect(view)

        await asyncio.gather(*(some() for _ in range(50)))
        await until(lambda: self.ready >= len(self.views), 60, "all clients to be let in")

    async def chat(self):
        """Sends at the rate, and restarts Redis in the middle."""
        options = self.options
        began, number, restarted = time.monotonic(), 0, None
        while (passed := time.monotonic() - began) < options.seconds:
            if restarted is None and passed >= options.seconds / 2:
                self.phase = "Redis restarted"
                restarted = asyncio.create_task(asyncio.to_thread(self.restart_redis))
            if restarted and restarted.done() and passed >= options.seconds / 2 + 10:
                self.phase = "after"
            while number < passed * options.rate:
                view = self.views[number * 7919 % len(self.views)]
                text = f"message {number}"
                self.sent[text] = (view.room, time.monotonic())
                view.connection.send({"action": "chat", "payload": text, "ref": text})
                number += 1
            await asyncio.sleep(0.005)
        await restarted
        return number

    def restart_redis(self):
        self.cluster.redis.stop()
        time.sleep(self.options.redis_down)
        self.cluster.redis.start()

    async def settle(self):
        """Until every view has as many messages as its room."""
        rooms = {view.room: view.user for view in self.views}
        saved = await asyncio.to_thread(lambda: {room: user.messages(room) for room, user in rooms.items()})
        counts = {room: len(messages) for room, messages in saved.items()}
        await until(lambda: all(len(view.ids) >= counts[view.room] for view in self.views), 30, None)
        return saved


async def until(condition, timeout, what):
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            if what is None:
                return
            raise RuntimeError(f"waited {timeout} s for {what}")
        await asyncio.sleep(0.05)


def prepare(cluster, crowd, options):
    """Users and rooms: each room has as many members as it will have connections."""
    per_room = options.clients // options.rooms
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        users = list(pool.map(lambda i: User(cluster, f"user{i}"), range(per_room)))
        rooms = list(pool.map(lambda i: users[0].create_room(f"Room {i}"), range(options.rooms)))
        list(pool.map(lambda pair: pair[0].join(pair[1]), [(user, room) for user in users[1:] for room in rooms]))
    crowd.views = [View(user, room) for room in rooms for user in users]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def judge(crowd, saved):
    """Counts what is wrong, over all views."""
    lost = doubled = disordered = never_saved = 0
    for room, texts in crowd.acknowledged.items():
        never_saved += len(texts - {message["message"] for message in saved[room]})
    acknowledged_ids = {room: {message["id"] for message in messages if message["message"] in crowd.acknowledged[room]}
                        for room, messages in saved.items()}
    for view in crowd.views:
        seen = set(view.ids)
        lost += len(acknowledged_ids[view.room] - seen)
        doubled += len(view.ids) - len(seen)
        disordered += sum(1 for one, two in zip(view.ids, view.ids[1:]) if two < one)
    return lost + never_saved, doubled, disordered


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def run(cluster, options):
    crowd = Crowd(cluster, options)
    print(f"preparing {options.rooms} rooms for {options.clients} clients", flush=True)
    await asyncio.to_thread(prepare, cluster, crowd, options)
    await crowd.open_all()
    watchers = [asyncio.create_task(crowd.keep_connected(view)) for view in crowd.views]
    print(f"{len(crowd.views)} clients are in; chatting for {options.seconds} s", flush=True)
    before = sum(cpu_seconds(chat.pid) for chat in cluster.chats)
    sent = await crowd.chat()
    await until(lambda: sum(map(len, crowd.acknowledged.values())) + crowd.refused >= sent, 30, None)
    saved = await crowd.settle()
    cpu = sum(cpu_seconds(chat.pid) for chat in cluster.chats) - before
    crowd.running = False
    for view in crowd.views:
        view.connection.close()
    await asyncio.wait(watchers, timeout=20)

    acknowledged = sum(map(len, crowd.acknowledged.values()))
    deliveries = sum(len(view.ids) for view in crowd.views)
    lost, doubled, disordered = judge(crowd, saved)
    print(f"sent {sent}, acknowledged {acknowledged}, refused {crowd.refused}, "
          f"reconnects {sum(view.reconnects for view in crowd.views)}, deliveries {deliveries}")
    for phase, values in crowd.latencies.items():
        print(f"latency {phase}: median {percentile(values, .5) * 1000:.1f} ms, p99 {percentile(values, .99) * 1000:.1f} ms, "
              f"max {max(values) * 1000:.0f} ms ({len(values)} receipts)")
    print(f"CPU of the chat processes: {cpu:.1f} s, {cpu / max(deliveries, 1) * 1e6:.1f} us a delivery")
    print(f"acknowledged messages lost {lost}, doubled {doubled}, out of order {disordered}")
    return 0 if acknowledged and not (lost or doubled or disordered) else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chat", required=True)
    parser.add_argument("--clients", type=int, default=3000)
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--rate", type=float, default=200, help="messages a second")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--redis-down", type=float, default=1, help="seconds between Redis' end and its new start")
    parser.add_argument("--processes", type=int, default=3)
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="chat-load-") as directory:
        with deploy.Cluster(options.chat, directory, options.processes, options=["--log-level", "warn"]) as cluster:
            return asyncio.run(run(cluster, options))


if __name__ == "__main__":
    sys.exit(main())
