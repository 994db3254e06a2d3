// Keeps a scrolling conversation where its reader is: at the end, or at the message being read.

/** So near to the end counts as being there. */
const NEAR_END_PX = 48;

export class ScrollKeeper {
  #scroller;
  #isAtEnd = true;
  #onScroll;

  /** `onScroll` hears of every movement. `anchors()` is the list whose children keep their place. */
  constructor(scroller, { anchors, onScroll }) {
    this.#scroller = scroller;
    this.anchors = anchors;
    this.#onScroll = onScroll;
    scroller.addEventListener("scroll", () => {
      this.#measure();
      this.#onScroll();
    });
    // The composer grows, a phone's keyboard opens: whoever was at the end stays there.
    new ResizeObserver(() => {
      if (this.#isAtEnd) this.toEnd();
    }).observe(scroller);
  }

  get isAtEnd() {
    return this.#isAtEnd;
  }

  /** Pixels above what can be seen. */
  get above() {
    return this.#scroller.scrollTop;
  }

  toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#isAtEnd = true;
  }

  /** Runs a change of the page without moving what its reader sees. */
  keep(change) {
    if (this.#isAtEnd) {
      change();
      this.toEnd();
      return;
    }
    const anchor = this.#firstVisible();
    const before = anchor?.getBoundingClientRect().top;
    change();
    if (anchor?.isConnected) this.#scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    this.#measure();
  }

  #measure() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight <= NEAR_END_PX;
  }

  #firstVisible() {
    const top = this.#scroller.getBoundingClientRect().top;
    // Days come and go with their neighbours, so only messages hold the place.
    for (const child of this.anchors.querySelectorAll(".message")) {
      if (child.getBoundingClientRect().bottom > top) return child;
    }
    return undefined;
  }
}
