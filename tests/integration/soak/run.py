"""Drives the chat in rounds, each of which ends with nobody there, and checks what is left and what was lost.

Memory is compared between the ends of rounds: nobody is there, so what malloc keeps for the next time is in all of them. The
first round warms up. What goes on growing for a while are SQLite's page caches, with the pages that messages are written
to: 2 MiB for each connection to the database.
"""

import asyncio
import contextlib
import dataclasses
import time

from soak.clients import Round, play, read_page
from soak.ledger import Ledger
from soak.watch import MEBIBYTE, Watch, slope
from support.attack import allow_descriptors
from support.chat_client import User, chat_server, executable, users
from support.server import measured_environment

MOST_GROWTH = 8 * MEBIBYTE  # from the end of the warm-up to that of the last round
MOST_SLOPE = 1 * MEBIBYTE  # a minute, over the second half
MIN_POINTS = 4  # in the second half, or the slope is noise
USERS, GUESTS, ROOMS = 16, 2, 5


@dataclasses.dataclass
class Report:
    failures: list
    lines: list


def length_of_round(seconds):
    return min(60.0, max(4.0, seconds / 12))


def soak(seconds, say=print, seed=1):
    allow_descriptors(1000)
    with chat_server("--threads", "2", "--operations-port", "0", "--log-level", "warn",
                     environment=measured_environment()) as server:
        return _soak(server, seconds, say, seed)


def _soak(server, seconds, say, seed):
    failures, ledger, watch = [], Ledger(), Watch(server)
    people = users(server, [f"user{number}" for number in range(USERS)])
    guests = users(server, [f"guest{number}" for number in range(GUESTS)])
    rooms = [people[0].create_room(f"Room {number}") for number in range(ROOMS)]
    for user in people[1:]:
        for room in rooms:
            user.join(room)
    begun, number = time.monotonic(), 0
    while number < 3 or time.monotonic() - begun < seconds:
        number += 1
        asyncio.run(_round(server, watch, ledger, people, guests, rooms, length_of_round(seconds), seed * 1000 + number,
                           begun, say))
        if left := watch.wait_for_quiet():
            failures.append(f"round {number}: when everybody was gone there was left: {left}")
            break
    seconds_run = time.monotonic() - begun
    stored = {room: _all_messages(server, people[0], room) for room in rooms}
    failures += ledger.audit(stored)
    values = watch.metrics()
    code = server.stop()
    if code != 0:
        failures.append(f"the server ended with {code}")
    errors = [line for line in server.stderr.splitlines() if "level=error" in line or "Sanitizer" in line]
    failures += [f"logged: {line}" for line in errors[:10]]
    failures += _check_growth(watch)
    return Report(failures, _figures(ledger, watch, stored, values, seconds_run, number))


async def _round(server, watch, ledger, people, guests, rooms, seconds, seed, begun, say):
    loop = asyncio.get_running_loop()
    loop.set_debug(False)

    async def tell():
        due = begun + 10 * (1 + (time.monotonic() - begun) // 10)
        while True:
            await asyncio.sleep(0.5)
            memory = watch.memory
            if time.monotonic() < due:
                continue
            due += 10
            values = await asyncio.to_thread(watch.metrics)
            say(f"soak: {time.monotonic() - begun:5.0f} s, {values['chanx_connections']:.0f} connected, "
                f"{len(ledger.acknowledged)} messages acknowledged, {memory / MEBIBYTE:.1f} MiB")

    teller = asyncio.create_task(tell())
    await play(Round(server, ledger, people, rooms, seconds, seed), guests)
    teller.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await teller


def _all_messages(server, user, room):
    found, after = [], 0
    while page := read_page(server, user, room, after, 200):
        found += [(message["id"], message["message"]) for message in page]
        after = page[-1]["id"]
    return found


def _second_half(watch):
    return [(at / 60, size) for at, size, _ in watch.quiet[len(watch.quiet) // 2:]]


def _check_growth(watch):
    if len(watch.quiet) < 2:
        return ["too few rounds"]
    failures = []
    times = 4 if "/asan/" in executable("CHAT_SERVER") else 1
    _, first, files = watch.quiet[0]
    _, last, files_left = watch.quiet[-1]
    if last - first > MOST_GROWTH * times:
        failures.append(f"memory grew from {first / MEBIBYTE:.1f} to {last / MEBIBYTE:.1f} MiB")
    if len(_second_half(watch)) >= MIN_POINTS and slope(_second_half(watch)) > MOST_SLOPE * times:
        failures.append(f"memory grows by {slope(_second_half(watch)) / MEBIBYTE:.2f} MiB a minute")
    if files_left > files:
        failures.append(f"{files_left} descriptors besides the database's at the end, {files} after the first round")
    return failures


def _figures(ledger, watch, stored, values, seconds, rounds):
    count = sum(map(len, stored.values()))
    shown = sum(len(view.live) + len(view.history) for view in ledger.views)
    lines = [f"{seconds:.0f} s in {rounds} rounds, each of which ended with no session, group, task or client's descriptor left",
             f"{ledger.said} messages said, {len(ledger.acknowledged)} acknowledged, {count} saved, {shown} shown",
             ", ".join(f"{count} {what}" for what, count in sorted(ledger.counts.items()))]
    if watch.quiet:
        floor = ", ".join(f"{size / MEBIBYTE:.1f}" for _, size, _ in watch.quiet)
        lines.append(f"memory when everybody was gone: {floor} MiB; most under load {watch.most / MEBIBYTE:.1f} MiB")
        if len(_second_half(watch)) >= MIN_POINTS:
            lines.append(f"slope over the second half: {slope(_second_half(watch)) / MEBIBYTE:+.2f} MiB a minute")
        lines.append(f"descriptors besides the database's then: {watch.quiet[0][2]} after the first round, {watch.quiet[-1][2]} "
                     "at the end")
    lines.append(f"the server's count: {values['chanx_connections_total']:.0f} WebSocket connections, "
                 f"{values['chanx_messages_received_total']:.0f} messages in, {values['chanx_messages_sent_total']:.0f} out")
    return lines
