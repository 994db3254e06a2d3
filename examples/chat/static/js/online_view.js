// Who is online, on the page: a list at the side where there is room for it, otherwise behind a button.
// Names go in as text.

import { paintAvatar } from "./account.js";
import { countWords, doubtWords, inOrder } from "./who_is_online.js";

/** More names than this are counted, not listed. */
export const MAX_NAMES = 200;

export class OnlineView {
  #panel;
  #toggle;
  #parts;
  #template;
  #username;
  #names = [];
  #answer = null;
  #isStale = false;
  #said = null;

  /** `panel` is what `toggle` opens; `announcement` is a live region for what a screen reader is told. */
  constructor({ panel, toggle, announcement, template, username }) {
    this.#panel = panel;
    this.#toggle = toggle;
    this.#template = template;
    this.#username = username;
    const part = (selector) => panel.querySelector(selector);
    this.#parts = {
      count: part(".online-count"),
      doubt: part(".online-doubt"),
      list: part(".online-list"),
      more: part(".online-more"),
      buttonCount: toggle.querySelector(".online-number"),
      announcement,
    };
    toggle.addEventListener("click", () => this.#open(!this.#isOpen));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#isOpen) return;
      this.#open(false);
      toggle.focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (this.#isOpen && !panel.contains(event.target) && !toggle.contains(event.target)) this.#open(false);
    });
  }

  show(answer) {
    this.#answer = answer;
    this.#isStale = false;
    const names = inOrder(answer.users, this.#username);
    const shown = names.slice(0, MAX_NAMES);
    if (shown.join("\n") !== this.#names.join("\n")) {
      this.#parts.list.replaceChildren(...shown.map((name) => this.#person(name)));
      this.#names = shown;
    }
    const left = names.length - shown.length;
    this.#parts.more.textContent = `and ${left} more`;
    this.#parts.more.hidden = left === 0;
    this.#showWords();
  }

  /** There is no connection any more: what is shown may be out of date. */
  markStale() {
    this.#isStale = true;
    if (this.#answer) this.#showWords();
  }

  /** Nothing is known of a room that one is not in. */
  clear() {
    this.#answer = null;
    this.#said = null;
    this.#names = [];
    this.#parts.list.replaceChildren();
    this.#parts.announcement.textContent = "";
    this.#open(false);
    this.#panel.hidden = this.#toggle.hidden = true;
  }

  get #isOpen() {
    return this.#toggle.getAttribute("aria-expanded") === "true";
  }

  #open(isOpen) {
    this.#toggle.setAttribute("aria-expanded", String(isOpen));
    this.#panel.classList.toggle("open", isOpen);
  }

  #showWords() {
    const count = countWords(this.#answer.users.length);
    const doubt = doubtWords({ partial: this.#answer.partial, isStale: this.#isStale });
    this.#parts.count.textContent = count;
    this.#parts.doubt.textContent = doubt;
    this.#parts.doubt.hidden = doubt === "";
    this.#parts.buttonCount.textContent = this.#answer.users.length;
    this.#toggle.classList.toggle("doubtful", doubt !== "");
    this.#toggle.title = doubt;
    this.#panel.hidden = this.#toggle.hidden = false;
    // The conversation says aloud who comes and goes; here the count is said once, and every change of the doubt.
    // That a connection is gone is said by its own line.
    if (this.#isStale || this.#said === doubt) return;
    this.#said = doubt;
    this.#parts.announcement.textContent = doubt === "" ? count : `${count}. ${doubt}`;
  }

  #person(name) {
    const item = this.#template.content.firstElementChild.cloneNode(true);
    paintAvatar(item.querySelector(".avatar"), name);
    const shown = item.querySelector(".person-name");
    shown.textContent = name;
    shown.title = name;
    item.querySelector(".person-you").hidden = name !== this.#username;
    return item;
  }
}
