// Knows who is in the room: asks after connecting, when somebody came or went, and now and then while it is looked at.
// The clock and the randomness can be replaced, so it can be tested without them.

import { backoffDelay } from "./backoff.js";

/** How long it waits for more news before it asks. */
export const SETTLE_MS = 250;
/** Everybody in the room gets the same news: with each of them the questions are spread over this much more time. */
export const SPREAD_PER_PERSON_MS = 10;
export const MAX_SPREAD_MS = 15_000;
/** Asked again after this time without news: what happens elsewhere may not be told while servers are apart. */
export const REFRESH_MS = 60_000;

/** Answers that will not change by asking again; the connection says why. */
const FINAL_STATUSES = [401, 403, 404];

export class WhoIsOnline {
  #load;
  #onChange;
  #environment;
  #isRunning = false;
  #isVisible = true;
  #isLoading = false;
  #isWanted = false;
  #failures = 0;
  #timer = null;
  #due = Infinity;
  #epoch = 0;
  #people = 0;

  /**
   * `load()` resolves to `{users: [{username, connections}], partial}` or rejects with an error with a `status`.
   * `onChange({users, partial})` hears of every answer.
   */
  constructor({ load, onChange, environment = {} }) {
    this.#load = load;
    this.#onChange = onChange;
    this.#environment = {
      setTimer: (callback, milliseconds) => setTimeout(callback, milliseconds),
      clearTimer: (timer) => clearTimeout(timer),
      now: () => performance.now(),
      random: Math.random,
      ...environment,
    };
  }

  /** The connection is there: asks now. */
  start() {
    this.stop();
    this.#isRunning = true;
    this.#askWithin(0);
  }

  /** There is no connection: asks no more, and answers that are still under way count for nothing. */
  stop() {
    this.#epoch += 1;
    this.#isRunning = this.#isLoading = this.#isWanted = false;
    this.#failures = 0;
    this.#cancel();
  }

  /** Somebody came or went. */
  changed() {
    if (!this.#isRunning) return;
    const spread = Math.min(MAX_SPREAD_MS, this.#people * SPREAD_PER_PERSON_MS);
    this.#askWithin(SETTLE_MS + spread * this.#environment.random());
  }

  /** Whether anybody may be looking at the page. While nobody is, nothing is asked. */
  set isVisible(isVisible) {
    if (isVisible === this.#isVisible) return;
    this.#isVisible = isVisible;
    if (!this.#isRunning) return;
    if (isVisible) this.#askWithin(SETTLE_MS);
    else this.#cancel();
  }

  /** An earlier appointment stays: however much happens, a question is not put off. */
  #askWithin(milliseconds) {
    if (this.#isLoading) {
      this.#isWanted = true;
      return;
    }
    if (!this.#isVisible) return;
    const due = this.#environment.now() + milliseconds;
    if (due >= this.#due) return;
    this.#cancel();
    this.#due = due;
    this.#timer = this.#environment.setTimer(() => this.#ask(), milliseconds);
  }

  #cancel() {
    this.#environment.clearTimer(this.#timer);
    this.#timer = null;
    this.#due = Infinity;
  }

  async #ask() {
    this.#cancel();
    this.#isLoading = true;
    this.#isWanted = false;
    const ours = this.#epoch;
    let answer = null;
    let status = null;
    try {
      answer = await this.#load();
    } catch (error) {
      if (error?.status === undefined) throw error;
      status = error.status;
    }
    if (ours !== this.#epoch) return;
    this.#isLoading = false;
    if (FINAL_STATUSES.includes(status)) return this.stop();
    if (answer === null) {
      this.#askWithin(SETTLE_MS + backoffDelay(this.#failures, this.#environment.random));
      this.#failures += 1;
      return;
    }
    this.#failures = 0;
    this.#people = answer.users.length;
    this.#onChange(answer);
    if (this.#isWanted) this.changed();
    this.#askWithin(REFRESH_MS);
  }
}

/** The names in the order in which they are shown: the reader, then the others by the alphabet. */
export function inOrder(users, me) {
  const names = users.map((user) => user.username);
  const others = names.filter((name) => name !== me);
  others.sort((left, right) => left.localeCompare(right, undefined, { sensitivity: "base" }) || (left < right ? -1 : 1));
  return names.includes(me) ? [me, ...others] : others;
}

export function countWords(count) {
  return `${count} online`;
}

/** What has to be said about a list that may be wrong; empty words where it is right. */
export function doubtWords({ partial, isStale }) {
  if (isStale) return "Not connected: this may have changed.";
  return partial ? "Others may be missing: the servers cannot reach each other." : "";
}
