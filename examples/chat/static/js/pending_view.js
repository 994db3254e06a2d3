// Messages that are not acknowledged yet, below the conversation.

import { FAILED, SENDING, UNCONFIRMED } from "./outbox.js";

const WORDS = {
  [SENDING]: () => "Sending…",
  [FAILED]: (entry) => `Not sent. ${entry.error}`,
  [UNCONFIRMED]: () => "Not confirmed: the connection was lost, it may have been sent or not.",
};

export class PendingView {
  #list;
  #template;
  #onRetry;
  #onDiscard;
  #elements = new Map();

  constructor({ list, template, onRetry, onDiscard }) {
    this.#list = list;
    this.#template = template;
    this.#onRetry = onRetry;
    this.#onDiscard = onDiscard;
  }

  /** Draws an entry of the outbox, or draws it again. */
  show(entry) {
    const element = this.#elements.get(entry.ref) ?? this.#create(entry);
    element.dataset.state = entry.state;
    element.querySelector(".pending-state").textContent = WORDS[entry.state](entry);
    element.querySelector(".pending-actions").hidden = entry.state === SENDING;
  }

  remove(ref) {
    this.#elements.get(ref)?.remove();
    this.#elements.delete(ref);
  }

  #create(entry) {
    const element = this.#template.content.firstElementChild.cloneNode(true);
    element.querySelector(".bubble").textContent = entry.text;
    element.querySelector(".retry").addEventListener("click", () => this.#onRetry(entry));
    element.querySelector(".discard").addEventListener("click", () => this.#onDiscard(entry));
    this.#elements.set(entry.ref, element);
    this.#list.append(element);
    return element;
  }
}
