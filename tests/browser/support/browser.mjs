// Chromium, and people who use the chat in it.

import { chromium } from "playwright-core";

export const DEADLINE_MS = 20_000;

export function launchBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** One person: a browser profile of their own and a page. */
export class Person {
  static async create(browser, serverUrl, username, options = {}) {
    const person = new Person();
    person.context = await browser.newContext({ baseURL: serverUrl, locale: "en-GB", ...options });
    person.context.setDefaultTimeout(DEADLINE_MS);
    person.username = username;
    person.password = `${username}-password`;
    /** What the pages complained about: scripts that threw, what the content policy refused. */
    person.complaints = [];
    person.page = await person.newPage();
    return person;
  }

  async newPage() {
    const page = await this.context.newPage();
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("console", (message) => {
      const text = message.text();
      if (message.type() === "error" && /Content Security Policy|Uncaught/.test(text)) this.complaints.push(text);
    });
    return page;
  }

  /** Registers through the API, for tests that are about something else; the cookie is the browser's. */
  async registerQuietly() {
    await this.post("/api/register", { username: this.username, password: this.password });
  }

  async post(path, data) {
    // Sent by the page, so that its Origin is the server's own.
    if (this.page.url() === "about:blank") await this.page.goto("/login");
    return this.page.evaluate(
      async ([address, content]) => {
        const response = await fetch(address, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: content === undefined ? undefined : JSON.stringify(content),
        });
        if (!response.ok) throw new Error(`${address}: ${response.status} ${await response.text()}`);
        return response.status === 204 ? null : response.json();
      },
      [path, data],
    );
  }

  async createRoom(name) {
    return (await this.post("/api/rooms", { name })).id;
  }

  async enter(roomId, page = this.page) {
    await page.goto(`/chat/${roomId}/`);
    await this.waitForState("connected", page);
  }

  async waitForState(state, page = this.page) {
    await page.locator(`#state[data-state="${state}"]`).waitFor();
  }

  /** Writes a message and waits until the server has acknowledged it. */
  async say(text) {
    await this.page.locator("#text").fill(text);
    await this.page.locator("#text").press("Enter");
    await this.bubble(text).waitFor();
  }

  /** The bubble with exactly this text, in the conversation (not among what is pending). */
  bubble(text, page = this.page) {
    return page.locator("#log .bubble").filter({ hasText: exactly(text) });
  }

  message(text) {
    return this.page.locator("#log .message").filter({ has: this.page.locator(".bubble", { hasText: exactly(text) }) });
  }

  bubbles(page = this.page) {
    return page.locator("#log .bubble").allTextContents();
  }

  line(text) {
    return this.page.locator("#log .presence").filter({ hasText: exactly(text) });
  }
}

function exactly(text) {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`);
}
