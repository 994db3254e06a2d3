// What was typed but not acknowledged yet. A message is acknowledged by its own `chat` frame with its `ref`.
// Pure: no DOM, no network.

export const SENDING = "sending";
export const FAILED = "failed";
export const UNCONFIRMED = "unconfirmed";

export class Outbox {
  #entries = new Map();
  #nextNumber = 1;
  #prefix;

  /** `prefix` tells the refs of this page from those of other pages. */
  constructor(prefix) {
    this.#prefix = prefix;
  }

  /** The entries, oldest first. */
  get entries() {
    return [...this.#entries.values()];
  }

  add(text) {
    const entry = { ref: `${this.#prefix}-${this.#nextNumber++}`, text, state: SENDING, error: "" };
    this.#entries.set(entry.ref, entry);
    return entry;
  }

  /** Takes the entry out: it is saved, or not wanted any more. Returns it, or undefined when it is unknown. */
  remove(ref) {
    const entry = this.#entries.get(ref);
    this.#entries.delete(ref);
    return entry;
  }

  /** The server refused it, in words. Returns the entry, or undefined when it is unknown. */
  fail(ref, error) {
    const entry = this.#entries.get(ref);
    if (entry) {
      entry.state = FAILED;
      entry.error = error;
    }
    return entry;
  }

  /** The connection is gone: nobody knows what became of the messages under way. Returns those. */
  connectionLost() {
    const lost = this.entries.filter((entry) => entry.state === SENDING);
    for (const entry of lost) entry.state = UNCONFIRMED;
    return lost;
  }
}
