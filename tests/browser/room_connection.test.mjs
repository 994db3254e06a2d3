import assert from "node:assert/strict";
import { test } from "node:test";

import { staticModule } from "./support/static_module.mjs";

const { CONNECT_DEADLINE_MS, PING_DEADLINE_MS, PING_INTERVAL_MS, RoomConnection, STABLE_AFTER_MS, State } =
  await staticModule("room_connection.js");

const authenticated = { action: "authentication", payload: { status_code: 200 } };

/** A connection in a world whose clock, sockets and dice belong to the test. */
function world() {
  const self = { now: 0, timers: [], sockets: [], states: [], frames: [], online: true };
  self.connection = new RoomConnection({
    url: () => `ws://test/${self.sockets.length}`,
    onState: (state, details) => self.states.push(details.seconds === undefined ? state : [state, details.seconds]),
    onFrame: (frame) => self.frames.push(frame),
    environment: {
      createSocket: (url) => {
        const socket = { url, sent: [], closed: false, send: (text) => socket.sent.push(JSON.parse(text)) };
        socket.close = () => {
          socket.closed = true;
        };
        self.sockets.push(socket);
        return socket;
      },
      setTimer: (callback, milliseconds) => {
        const timer = { at: self.now + milliseconds, callback };
        self.timers.push(timer);
        return timer;
      },
      clearTimer: (timer) => {
        self.timers = self.timers.filter((other) => other !== timer);
      },
      random: () => 0.5,
      isOnline: () => self.online,
    },
  });
  self.pass = (milliseconds) => {
    const end = self.now + milliseconds;
    for (;;) {
      const due = self.timers.filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)[0];
      if (!due) break;
      self.timers = self.timers.filter((timer) => timer !== due);
      self.now = due.at;
      due.callback();
    }
    self.now = end;
  };
  self.last = () => self.sockets[self.sockets.length - 1];
  self.receive = (frame) => self.last().onmessage({ data: JSON.stringify(frame) });
  self.close = (code) => self.last().onclose({ code });
  self.connect = () => {
    self.connection.start();
    self.receive(authenticated);
  };
  return self;
}

test("a connection counts as connected when it is authenticated, not before", () => {
  const it = world();
  it.connection.start();
  assert.equal(it.connection.state, State.CONNECTING);
  assert.equal(it.connection.send({ action: "chat" }), false);
  it.receive(authenticated);
  assert.equal(it.connection.state, State.CONNECTED);
  assert.equal(it.connection.send({ action: "chat" }), true);
  assert.deepEqual(it.last().sent, [{ action: "chat" }]);
  assert.deepEqual(it.frames, [authenticated]);
});

test("a lost connection is made again after a wait that grows", () => {
  const it = world();
  it.connect();
  it.close(1006);
  assert.deepEqual(it.states.at(-1), [State.WAITING, 0.5]);
  it.pass(499);
  assert.equal(it.sockets.length, 1);
  it.pass(1);
  assert.equal(it.sockets.length, 2);
  it.close(1006);
  assert.deepEqual(it.states.at(-1), [State.WAITING, 1]);
  it.pass(1000);
  it.close(1013);
  assert.deepEqual(it.states.at(-1), [State.WAITING, 2]);
});

test("a connection that lasted makes the next wait small again, a brief one does not", () => {
  const it = world();
  it.connect();
  it.close(1006);
  it.pass(500);
  it.receive(authenticated);
  it.pass(STABLE_AFTER_MS - 1);
  it.close(1006);
  assert.deepEqual(it.states.at(-1), [State.WAITING, 1]);
  it.pass(1000);
  it.receive(authenticated);
  it.pass(STABLE_AFTER_MS);
  it.close(1006);
  assert.deepEqual(it.states.at(-1), [State.WAITING, 0.5]);
});

for (const [code, state] of [
  [4401, State.SIGNED_OUT],
  [4403, State.NOT_A_MEMBER],
  [4404, State.NOT_FOUND],
]) {
  test(`close code ${code} is final: no new attempt, not even when the network comes back`, () => {
    const it = world();
    it.connection.start();
    it.close(code);
    assert.equal(it.connection.state, state);
    it.connection.wake();
    it.pass(3_600_000);
    assert.equal(it.sockets.length, 1);
    assert.equal(it.connection.state, state);
  });
}

test("after a final close code a start connects again", () => {
  const it = world();
  it.connect();
  it.close(4403);
  it.connect();
  assert.equal(it.connection.state, State.CONNECTED);
});

test("when the network comes back the wait ends at once", () => {
  const it = world();
  it.connect();
  it.online = false;
  it.close(1006);
  assert.deepEqual(it.states.at(-1), [State.OFFLINE, 0.5]);
  it.connection.wake();
  assert.equal(it.sockets.length, 2);
  assert.equal(it.connection.state, State.CONNECTING);
  it.pass(1000);
  assert.equal(it.sockets.length, 2);
});

test("a ping goes out every 25 s and any frame answers it", () => {
  const it = world();
  it.connect();
  it.pass(PING_INTERVAL_MS);
  assert.deepEqual(it.last().sent, [{ action: "ping" }]);
  it.receive({ action: "chat" });
  it.pass(PING_DEADLINE_MS);
  assert.equal(it.connection.state, State.CONNECTED);
  it.pass(PING_INTERVAL_MS - PING_DEADLINE_MS);
  assert.equal(it.last().sent.length, 2);
});

test("a ping without any answer means a dead link", () => {
  const it = world();
  it.connect();
  it.pass(PING_INTERVAL_MS + PING_DEADLINE_MS - 1);
  assert.equal(it.connection.state, State.CONNECTED);
  it.pass(1);
  assert.equal(it.connection.state, State.WAITING);
  assert.equal(it.sockets[0].closed, true);
});

test("a connection that never gets authenticated is given up", () => {
  const it = world();
  it.connection.start();
  it.pass(CONNECT_DEADLINE_MS);
  assert.equal(it.connection.state, State.WAITING);
  assert.equal(it.sockets[0].closed, true);
});

test("what an old socket still says is not heard", () => {
  const it = world();
  it.connect();
  const old = it.last();
  it.connection.start();
  old.onmessage({ data: '{"action":"chat"}' });
  old.onclose({ code: 4401 });
  assert.equal(it.connection.state, State.CONNECTING);
  assert.deepEqual(it.frames, [authenticated]);
});

test("a stopped connection stays stopped and leaves no timer", () => {
  const it = world();
  it.connect();
  it.connection.stop();
  assert.equal(it.connection.state, State.IDLE);
  assert.equal(it.last().closed, true);
  assert.deepEqual(it.timers, []);
});

test("frames that are no JSON objects are ignored", () => {
  const it = world();
  it.connect();
  it.last().onmessage({ data: "{" });
  it.last().onmessage({ data: "null" });
  it.last().onmessage({ data: "7" });
  assert.deepEqual(it.frames, [authenticated]);
});
