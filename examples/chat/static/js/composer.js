// Where a message is written: grows with its text, counts near the limit, Enter sends.

import { codePoints } from "./words.js";

export const MAX_CODE_POINTS = 4000;
const COUNT_FROM = 3600;

export class Composer {
  #form;
  #text;
  #counter;
  #send;
  #onSend;
  #canSend = false;

  /** `onSend(text)` gets trimmed text within the limit; it returns whether the text was taken. */
  constructor({ form, text, counter, send, onSend }) {
    this.#form = form;
    this.#text = text;
    this.#counter = counter;
    this.#send = send;
    this.#onSend = onSend;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    text.addEventListener("input", () => this.#update());
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#submit();
    });
    this.#update();
  }

  /** Whether a message can go out now; writing is possible all the time. */
  set canSend(value) {
    this.#canSend = value;
    this.#text.placeholder = value ? "Write a message" : "Write a message to send when connected";
    this.#update();
  }

  set isVisible(value) {
    this.#form.hidden = !value;
    if (value) this.#grow();
  }

  focus() {
    this.#text.focus({ preventScroll: true });
  }

  #submit() {
    const text = this.#text.value.trim();
    const length = codePoints(text);
    if (length === 0 || length > MAX_CODE_POINTS) return;
    // Half of a surrogate pair is no text: it would be refused.
    if (!this.#onSend(text.toWellFormed?.() ?? text)) return;
    this.#text.value = "";
    this.#update();
  }

  #update() {
    const length = codePoints(this.#text.value.trim());
    const left = MAX_CODE_POINTS - length;
    this.#counter.hidden = length < COUNT_FROM;
    this.#counter.classList.toggle("over", left < 0);
    this.#counter.textContent = left < 0 ? `${-left} too many` : `${left} left`;
    this.#send.disabled = !this.#canSend || length === 0 || left < 0;
    this.#grow();
  }

  #grow() {
    this.#text.style.height = "auto";
    this.#text.style.height = `${this.#text.scrollHeight}px`;
  }
}
