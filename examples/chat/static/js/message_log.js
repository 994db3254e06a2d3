// The messages of one room, in the order of their ids, each once, and how far they are known without a gap.
// Pure: no DOM, no network.

/** The server gives a page of long messages fewer than asked for, but never less than these where there are more. */
const SURE_PAGE = 50;

/** The first index whose message has an id that is not smaller than `id`. */
function lowerBound(messages, id) {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (messages[middle].id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class MessageLog {
  #messages = [];
  #cursor = null;
  #complete = false;
  #hasOlder = false;
  #started = false;

  /** All known messages, oldest first. Do not change it. */
  get messages() {
    return this.#messages;
  }

  /** The id of the oldest known message, or null: ask for older ones with `before=` it. */
  get firstId() {
    return this.#messages.length > 0 ? this.#messages[0].id : null;
  }

  /** Nothing between the oldest message and this id is missing: ask for the missed ones with `after=` it. */
  get cursor() {
    return this.#cursor;
  }

  /** False from a new connection until its history has been taken in to the end. */
  get isComplete() {
    return this.#complete;
  }

  /** Whether the server may have messages older than the oldest known one. */
  get hasOlder() {
    return this.#hasOlder;
  }

  /** Whether a first history has come. */
  get isStarted() {
    return this.#started;
  }

  has(id) {
    const index = lowerBound(this.#messages, id);
    return index < this.#messages.length && this.#messages[index].id === id;
  }

  /**
   * A new connection begins: what comes live may lie beyond a gap until the history has closed it.
   * Returns the messages that had to be forgotten: those seen live on a connection that never got its
   * first history, for nobody knows what is missing before them.
   */
  beginConnection() {
    this.#complete = false;
    if (this.#cursor !== null) return [];
    const forgotten = this.#messages;
    this.#messages = [];
    return forgotten;
  }

  /** A message as it was sent. Returns whether it was new. */
  addLive(message) {
    const isNew = this.#insert(message);
    if (this.#complete) this.#advance(message.id);
    return isNew;
  }

  /**
   * The history of a connection: the last messages, or (when it was asked for with `after`) those that
   * followed the cursor. Returns the new ones. With `truncated` and a cursor more pages are needed: see
   * `isComplete`.
   */
  addHistory(messages, { truncated = false } = {}) {
    const resumed = this.#cursor !== null;
    const added = this.#insertAll(messages);
    if (!resumed) {
      this.#hasOlder = truncated;
      this.#started = true;
      this.#finish();
    } else if (truncated && messages.length > 0) {
      this.#advance(messages[messages.length - 1].id);
    } else {
      this.#finish();
    }
    return added;
  }

  /** A page of what followed the cursor, the last one if it is not full. Returns the new messages. */
  addMissed(messages, pageSize) {
    const added = this.#insertAll(messages);
    if (messages.length < Math.min(pageSize, SURE_PAGE)) this.#finish();
    else this.#advance(messages[messages.length - 1].id);
    return added;
  }

  /** A page of what came before the oldest message. Returns the new messages. */
  addOlder(messages, pageSize) {
    const added = this.#insertAll(messages);
    this.#hasOlder = messages.length >= Math.min(pageSize, SURE_PAGE);
    return added;
  }

  /** Forgets the oldest messages so that `keep` remain; they can be loaded again. Returns the forgotten ones. */
  trimOldest(keep) {
    if (this.#messages.length <= keep) return [];
    this.#hasOlder = true;
    return this.#messages.splice(0, this.#messages.length - keep);
  }

  #insert(message) {
    const index = lowerBound(this.#messages, message.id);
    if (index < this.#messages.length && this.#messages[index].id === message.id) return false;
    this.#messages.splice(index, 0, message);
    return true;
  }

  #insertAll(messages) {
    return messages.filter((message) => this.#insert(message));
  }

  #advance(id) {
    if (this.#cursor === null || id > this.#cursor) this.#cursor = id;
  }

  #finish() {
    this.#complete = true;
    const last = this.#messages[this.#messages.length - 1];
    // An empty room is known up to its beginning: what follows 0 is everything.
    this.#advance(last ? last.id : 0);
  }
}
