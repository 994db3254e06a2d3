// One room's WebSocket: connects, notices a dead link, reconnects, and knows when not to.
// The clock, the socket and the randomness can be replaced, so it can be tested without any of them.

import { backoffDelay } from "./backoff.js";

export const PING_INTERVAL_MS = 25_000;
export const PING_DEADLINE_MS = 10_000;
/** How long a connection may take until it is authenticated. */
export const CONNECT_DEADLINE_MS = 15_000;
/** A connection that lived this long was a good one: the next wait starts small again. */
export const STABLE_AFTER_MS = 10_000;

export const State = Object.freeze({
  IDLE: "idle",
  CONNECTING: "connecting",
  CONNECTED: "connected",
  WAITING: "waiting",
  OFFLINE: "offline",
  SIGNED_OUT: "signed_out",
  NOT_A_MEMBER: "not_a_member",
  NOT_FOUND: "not_found",
});

const FINAL_STATES = new Map([
  [4401, State.SIGNED_OUT],
  [4403, State.NOT_A_MEMBER],
  [4404, State.NOT_FOUND],
]);

export class RoomConnection {
  #url;
  #onState;
  #onFrame;
  #environment;
  #socket = null;
  #state = State.IDLE;
  #attempt = 0;
  #timers = new Map();

  /**
   * `url()` is asked before every attempt. `onState(state, {seconds})` hears of every change, `seconds` being the
   * wait before the next attempt. `onFrame(frame)` gets every JSON object that arrives.
   */
  constructor({ url, onState, onFrame, environment = {} }) {
    this.#url = url;
    this.#onState = onState;
    this.#onFrame = onFrame;
    this.#environment = {
      createSocket: (address) => new WebSocket(address),
      setTimer: (callback, milliseconds) => setTimeout(callback, milliseconds),
      clearTimer: (timer) => clearTimeout(timer),
      random: Math.random,
      isOnline: () => navigator.onLine !== false,
      ...environment,
    };
  }

  get state() {
    return this.#state;
  }

  /** Connects now, whatever the state was. */
  start() {
    this.#attempt = 0;
    this.#connect();
  }

  /** Ends the connection for good, until the next `start`. */
  stop() {
    this.#drop(1000);
    this.#change(State.IDLE);
  }

  /** The network may be back: does not wait any longer, or finds out whether the link still lives. */
  wake() {
    if (this.#state === State.WAITING || this.#state === State.OFFLINE) this.#connect();
    else this.check();
  }

  /** Finds out whether the link still lives, when there is one. */
  check() {
    if (this.#state === State.CONNECTED) this.#probe();
  }

  /** Returns whether the frame was handed to an open connection. */
  send(frame) {
    if (this.#state !== State.CONNECTED) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #connect() {
    this.#drop(1000);
    this.#change(State.CONNECTING);
    const socket = this.#environment.createSocket(this.#url());
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (this.#socket === socket) this.#received(event.data);
    };
    socket.onclose = (event) => {
      if (this.#socket === socket) this.#closed(event.code);
    };
    this.#after("connect", CONNECT_DEADLINE_MS, () => this.#closed(1006));
  }

  #received(data) {
    this.#clear("deadline");
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame === null || typeof frame !== "object") return;
    if (frame.action === "authentication" && frame.payload?.status_code === 200) this.#authenticated();
    this.#onFrame(frame);
  }

  #authenticated() {
    this.#clear("connect");
    this.#after("stable", STABLE_AFTER_MS, () => {
      this.#attempt = 0;
    });
    this.#change(State.CONNECTED);
    this.#schedulePing();
  }

  #schedulePing() {
    this.#after("ping", PING_INTERVAL_MS, () => {
      this.#probe();
      this.#schedulePing();
    });
  }

  #probe() {
    if (this.#timers.has("deadline")) return;
    this.#after("deadline", PING_DEADLINE_MS, () => this.#closed(1006));
    this.send({ action: "ping" });
  }

  #closed(code) {
    this.#drop(1000);
    const finalState = FINAL_STATES.get(code);
    if (finalState) {
      this.#change(finalState);
      return;
    }
    const delay = backoffDelay(this.#attempt, this.#environment.random);
    this.#attempt += 1;
    this.#after("retry", delay, () => this.#connect());
    this.#change(this.#environment.isOnline() ? State.WAITING : State.OFFLINE, { seconds: delay / 1000 });
  }

  #drop(code) {
    for (const name of [...this.#timers.keys()]) this.#clear(name);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(code);
  }

  #after(name, milliseconds, callback) {
    this.#clear(name);
    const timer = this.#environment.setTimer(() => {
      this.#timers.delete(name);
      callback();
    }, milliseconds);
    this.#timers.set(name, timer);
  }

  #clear(name) {
    this.#environment.clearTimer(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #change(state, details = {}) {
    this.#state = state;
    this.#onState(state, details);
  }
}
