// The conversation on the page: messages in the order of their ids, days, who came and went.
// Whatever people wrote goes in as text.

import { paintAvatar } from "./account.js";
import { clockTime, dayName, fullTime, isSameDay, parseTime } from "./times.js";
import { hueOf } from "./words.js";

/** Messages of one author stand together when no more time than this lies between them. */
const GROUP_MS = 5 * 60_000;
/** Of the lines about people the last ones are kept. */
const MAX_PRESENCE = 100;

export class MessageView {
  #list;
  #messageTemplate;
  #lineTemplate;
  #username;
  // What stands on the page, in order. A line that is no message has the id of the message it came after.
  #items = [];

  constructor({ list, messageTemplate, lineTemplate, username }) {
    this.#list = list;
    this.#messageTemplate = messageTemplate;
    this.#lineTemplate = lineTemplate;
    this.#username = username;
  }

  get isEmpty() {
    return this.#items.length === 0;
  }

  /** Puts each message where its id belongs. */
  addMessages(messages) {
    for (const message of messages) {
      const item = { kind: "message", id: message.id, author: message.username, date: parseTime(message.timestamp) };
      item.element = this.#messageElement(message, item.date);
      this.#insert(this.#firstIndexFrom(message.id), item);
    }
  }

  removeMessages(messages) {
    const ids = new Set(messages.map((message) => message.id));
    this.#remove(new Set(this.#items.filter((item) => item.kind === "message" && ids.has(item.id))));
  }

  /** A line about people, below everything that is there. */
  addPresence(text, timestamp) {
    const date = parseTime(timestamp);
    const element = this.#lineElement(text, "presence");
    element.title = fullTime(date);
    const last = this.#items[this.#items.length - 1];
    this.#insert(this.#items.length, { kind: "presence", id: last ? last.id : 0, element });
    const lines = this.#items.filter((item) => item.kind === "presence");
    if (lines.length > MAX_PRESENCE) this.#remove(new Set(lines.slice(0, -MAX_PRESENCE)));
  }

  /** A rule below the message `id`: what is above was there when the page was opened. */
  addLiveRule(id, date = new Date()) {
    const element = this.#lineElement(`Live since ${clockTime(date)}`, "rule live");
    this.#insert(this.#firstIndexFrom(id + 1), { kind: "rule", id, element });
  }

  #firstIndexFrom(id) {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#items[middle].id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(index, item) {
    const next = this.#items[index];
    this.#list.insertBefore(item.element, next ? (next.day ?? next.element) : null);
    this.#items.splice(index, 0, item);
    this.#decorate(index - 1);
    this.#decorate(index);
    this.#decorate(index + 1);
    this.#decorateNextMessage(index + 1);
  }

  #remove(gone) {
    for (const item of gone) {
      item.day?.remove();
      item.element.remove();
    }
    this.#items = this.#items.filter((item) => !gone.has(item));
    for (let index = 0; index < this.#items.length; index += 1) this.#decorate(index);
  }

  /** The day of a message depends on the message before it, even when lines stand between. */
  #decorateNextMessage(index) {
    while (index < this.#items.length && this.#items[index].kind !== "message") index += 1;
    this.#decorate(index);
  }

  #decorate(index) {
    const item = this.#items[index];
    if (item?.kind !== "message") return;
    this.#setDay(item, this.#startsDay(index));
    const isFirst = this.#startsGroup(index);
    item.element.classList.toggle("first", isFirst);
    const isLast = this.#items[index + 1]?.kind !== "message" || this.#startsGroup(index + 1);
    item.element.classList.toggle("last", isLast);
  }

  #startsDay(index) {
    let before = index - 1;
    while (before >= 0 && this.#items[before].kind !== "message") before -= 1;
    return before < 0 || !isSameDay(this.#items[before].date, this.#items[index].date);
  }

  #startsGroup(index) {
    const previous = this.#items[index - 1];
    const item = this.#items[index];
    return (
      previous?.kind !== "message" ||
      previous.author !== item.author ||
      item.date - previous.date > GROUP_MS ||
      !isSameDay(previous.date, item.date)
    );
  }

  #setDay(item, wanted) {
    if (wanted && !item.day) {
      item.day = this.#lineElement(dayName(item.date), "rule day");
      item.element.before(item.day);
    } else if (!wanted && item.day) {
      item.day.remove();
      item.day = undefined;
    }
  }

  #lineElement(text, kind) {
    const element = this.#lineTemplate.content.firstElementChild.cloneNode(true);
    element.classList.add(...kind.split(" "));
    element.firstElementChild.textContent = text;
    return element;
  }

  #messageElement(message, date) {
    const element = this.#messageTemplate.content.firstElementChild.cloneNode(true);
    element.dataset.id = message.id;
    element.classList.toggle("mine", message.username === this.#username);
    const author = element.querySelector(".author");
    author.textContent = message.username;
    author.style.setProperty("--hue", hueOf(message.username));
    paintAvatar(element.querySelector(".avatar"), message.username);
    const time = element.querySelector("time");
    time.dateTime = date.toISOString();
    time.textContent = clockTime(date);
    time.title = fullTime(date);
    const bubble = element.querySelector(".bubble");
    bubble.textContent = message.message;
    bubble.title = fullTime(date);
    return element;
  }
}
