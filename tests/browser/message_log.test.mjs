import assert from "node:assert/strict";
import { test } from "node:test";

import { staticModule } from "./support/static_module.mjs";

const { MessageLog } = await staticModule("message_log.js");

const message = (id) => ({ id, username: "alice", message: `message ${id}`, timestamp: "2026-01-01T10:00:00.000Z" });
const messages = (...ids) => ids.map(message);
const ids = (list) => list.map(({ id }) => id);
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index));

function logWith(...known) {
  const log = new MessageLog();
  log.beginConnection();
  log.addHistory(messages(...known));
  return log;
}

test("a new log knows nothing and asks for nothing in particular", () => {
  const log = new MessageLog();
  assert.deepEqual(log.messages, []);
  assert.equal(log.firstId, null);
  assert.equal(log.cursor, null);
  assert.equal(log.isStarted, false);
  assert.equal(log.isComplete, false);
  assert.equal(log.hasOlder, false);
});

test("the first history makes the log complete up to its last message", () => {
  const log = new MessageLog();
  log.beginConnection();
  assert.deepEqual(ids(log.addHistory(messages(3, 5, 9), { truncated: true })), [3, 5, 9]);
  assert.equal(log.isStarted, true);
  assert.equal(log.isComplete, true);
  assert.equal(log.hasOlder, true);
  assert.equal(log.firstId, 3);
  assert.equal(log.cursor, 9);
});

test("a history that was not truncated has nothing before it", () => {
  assert.equal(logWith(1, 2).hasOlder, false);
});

test("an empty room is known from its beginning, so what follows can be asked for", () => {
  const log = logWith();
  assert.equal(log.isComplete, true);
  assert.equal(log.cursor, 0);
});

test("a live message that is in the history too stands there once", () => {
  const log = new MessageLog();
  log.beginConnection();
  assert.equal(log.addLive(message(7)), true);
  assert.equal(log.addLive(message(8)), true);
  assert.deepEqual(ids(log.addHistory(messages(5, 6, 7))), [5, 6]);
  assert.deepEqual(ids(log.messages), [5, 6, 7, 8]);
  assert.equal(log.cursor, 8);
});

test("the same live message twice is new only once", () => {
  const log = logWith(1);
  assert.equal(log.addLive(message(2)), true);
  assert.equal(log.addLive(message(2)), false);
  assert.deepEqual(ids(log.messages), [1, 2]);
});

test("messages stand in the order of their ids, whatever order they came in", () => {
  const log = logWith(10);
  for (const id of [14, 11, 13, 12]) log.addLive(message(id));
  assert.deepEqual(ids(log.messages), [10, 11, 12, 13, 14]);
  assert.equal(log.has(12), true);
  assert.equal(log.has(15), false);
});

test("a live message beyond a gap does not move the cursor over the gap", () => {
  const log = logWith(1, 2);
  log.beginConnection();
  assert.equal(log.isComplete, false);
  log.addLive(message(9));
  assert.equal(log.cursor, 2);
  assert.deepEqual(ids(log.addHistory(messages(5, 6))), [5, 6]);
  assert.equal(log.isComplete, true);
  assert.equal(log.cursor, 9);
  assert.deepEqual(ids(log.messages), [1, 2, 5, 6, 9]);
});

test("a connection lost before its history leaves the cursor where the gap begins", () => {
  const log = logWith(1, 2);
  log.beginConnection();
  log.addLive(message(9));
  assert.deepEqual(log.beginConnection(), []);
  assert.equal(log.cursor, 2);
});

test("messages seen live before any history are forgotten when that connection is lost", () => {
  const log = new MessageLog();
  log.beginConnection();
  log.addLive(message(9));
  assert.deepEqual(ids(log.beginConnection()), [9]);
  assert.deepEqual(log.messages, []);
  assert.equal(log.cursor, null);
});

test("a truncated history after a reconnect is read on page by page until one is not full", () => {
  const log = logWith(1);
  log.beginConnection();
  log.addLive(message(600));
  log.addHistory(range(2, 201), { truncated: true });
  assert.equal(log.isComplete, false);
  assert.equal(log.cursor, 201);
  log.addMissed(range(202, 401), 200);
  assert.equal(log.isComplete, false);
  assert.equal(log.cursor, 401);
  // Of long messages the server gives fewer, but never less than 50 where there are more.
  assert.equal(log.addMissed(range(402, 460), 200).length, 59);
  assert.equal(log.isComplete, false);
  assert.equal(log.addMissed([...range(461, 500), message(600)], 200).length, 40);
  assert.equal(log.isComplete, true);
  assert.equal(log.cursor, 600);
  assert.equal(log.messages.length, 501);
});

test("a connection lost amid the pages goes on from the last full page", () => {
  const log = logWith(1);
  log.beginConnection();
  log.addLive(message(900));
  log.addHistory(range(2, 201), { truncated: true });
  log.beginConnection();
  assert.equal(log.cursor, 201);
});

test("a full last page is followed by an empty one, which ends the gap", () => {
  const log = logWith(1);
  log.beginConnection();
  log.addHistory(range(2, 3), { truncated: true });
  log.addMissed(range(4, 5), 2);
  assert.equal(log.isComplete, false);
  assert.deepEqual(log.addMissed([], 2), []);
  assert.equal(log.isComplete, true);
  assert.equal(log.cursor, 5);
});

test("a resumed history does not change what is known about older messages", () => {
  const log = new MessageLog();
  log.beginConnection();
  log.addHistory(messages(51, 52), { truncated: true });
  log.beginConnection();
  log.addHistory(messages(53), { truncated: false });
  assert.equal(log.hasOlder, true);
});

test("older pages go before, and a page that is not full is the last", () => {
  const log = new MessageLog();
  log.beginConnection();
  log.addHistory(range(8, 9), { truncated: true });
  assert.deepEqual(ids(log.addOlder(range(5, 7), 3)), [5, 6, 7]);
  assert.equal(log.hasOlder, true);
  log.addOlder(range(4, 4), 3);
  assert.equal(log.hasOlder, false);
  assert.equal(log.firstId, 4);
  assert.equal(log.cursor, 9);
});

test("the oldest messages can be forgotten and are then older ones again", () => {
  const log = logWith(1, 2, 3, 4);
  assert.deepEqual(log.trimOldest(4), []);
  assert.equal(log.hasOlder, false);
  assert.deepEqual(ids(log.trimOldest(3)), [1]);
  assert.equal(log.hasOlder, true);
  assert.equal(log.firstId, 2);
});

test("any mixture of overlapping live frames and pages ends in each message once, in order", () => {
  // A small generator of its own, so that a failure can be repeated.
  let seed = 12345;
  const next = (bound) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * bound);
  };
  for (let round = 0; round < 200; round += 1) {
    const all = range(1, 60).filter(() => next(4) > 0);
    const log = new MessageLog();
    log.beginConnection();
    const live = all.slice(30).filter(() => next(2) === 0);
    const known = live.slice(0, next(live.length + 1));
    known.forEach((each) => log.addLive(each));
    log.addHistory(all.slice(-50), { truncated: all.length > 50 });
    live.forEach((each) => log.addLive(each));
    if (log.hasOlder) log.addOlder(all.filter(({ id }) => id < log.firstId).slice(-50), 50);
    assert.deepEqual(ids(log.messages), ids(all), `round ${round}`);
    assert.equal(log.cursor, all[all.length - 1].id);
  }
});
