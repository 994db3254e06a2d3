// The line that says how the connection is.

import { State } from "./room_connection.js";

const WORDS = {
  [State.IDLE]: "",
  [State.CONNECTING]: "Connecting…",
  [State.CONNECTED]: "Connected",
  [State.WAITING]: "Reconnecting",
  [State.OFFLINE]: "Offline",
  [State.SIGNED_OUT]: "Signed out",
  [State.NOT_A_MEMBER]: "Not a member",
  [State.NOT_FOUND]: "No such room",
};

export class ConnectionLine {
  #line;
  #text;
  #wait;
  #ticker = null;

  constructor({ line, text, wait }) {
    this.#line = line;
    this.#text = text;
    this.#wait = wait;
  }

  show(state, { seconds = 0 } = {}) {
    clearInterval(this.#ticker);
    this.#line.dataset.state = state;
    this.#text.textContent = WORDS[state];
    this.#wait.textContent = "";
    if (state !== State.WAITING) return;
    // The seconds stand apart, so that a screen reader is not told each of them.
    const end = performance.now() + seconds * 1000;
    const tick = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      this.#wait.textContent = left > 0 ? `in ${left} s` : "…";
    };
    tick();
    this.#ticker = setInterval(tick, 500);
  }
}
