// Who is online: when the page asks, and what it shows of the answer in a real browser.

import assert from "node:assert/strict";
import { test } from "node:test";

import { staticModule } from "./support/static_module.mjs";
import { chatSuite, until } from "./support/suite.mjs";

const { MAX_SPREAD_MS, REFRESH_MS, SETTLE_MS, WhoIsOnline, countWords, doubtWords, inOrder } =
  await staticModule("who_is_online.js");

/** A clock that goes on when it is told to, and a server that answers when it is told to. */
function stage({ random = () => 0 } = {}) {
  let now = 0;
  let timers = [];
  const asked = [];
  const heard = [];
  const online = new WhoIsOnline({
    load: () => new Promise((resolve, reject) => asked.push({ at: now, resolve, reject })),
    onChange: (answer) => heard.push(answer),
    environment: {
      setTimer: (callback, milliseconds) => {
        const timer = { callback, due: now + milliseconds };
        timers.push(timer);
        return timer;
      },
      clearTimer: (timer) => (timers = timers.filter((each) => each !== timer)),
      now: () => now,
      random,
    },
  });
  const settle = () => new Promise((done) => setImmediate(done));
  return {
    online,
    asked,
    heard,
    async pass(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const next = timers.toSorted((left, right) => left.due - right.due)[0];
        if (!next || next.due > end) break;
        timers = timers.filter((each) => each !== next);
        now = next.due;
        next.callback();
        await settle();
      }
      now = end;
    },
    async answer(...names) {
      asked.at(-1).resolve({ users: names.map((username) => ({ username, connections: 1 })), partial: false });
      await settle();
    },
    async fail(status) {
      asked.at(-1).reject(Object.assign(new Error("no"), { status }));
      await settle();
    },
  };
}

test("it asks at once after connecting, and again after a while without news", async () => {
  const { online, asked, heard, pass, answer } = stage();
  online.start();
  await pass(0);
  assert.equal(asked.length, 1);
  await answer("alice");
  assert.deepEqual(heard.map(({ users }) => users[0].username), ["alice"]);
  await pass(REFRESH_MS - 1);
  assert.equal(asked.length, 1);
  await pass(1);
  assert.equal(asked.length, 2);
});

test("news that come together are one question, and however many come, it is not put off", async () => {
  const { online, asked, pass, answer } = stage();
  online.start();
  await pass(0);
  await answer("alice");
  for (let count = 0; count < 10; count += 1) {
    online.changed();
    await pass(SETTLE_MS / 10);
  }
  assert.equal(asked.length, 2);
  assert.equal(asked[1].at, SETTLE_MS);
});

test("news while an answer is under way lead to one more question behind it", async () => {
  const { online, asked, heard, pass, answer } = stage();
  online.start();
  await pass(0);
  online.changed();
  online.changed();
  await pass(SETTLE_MS);
  assert.equal(asked.length, 1);
  await answer("alice");
  await pass(SETTLE_MS);
  assert.equal(asked.length, 2);
  await answer("alice", "bob");
  assert.deepEqual(heard.map(({ users }) => users.length), [1, 2]);
  await pass(REFRESH_MS - 1);
  assert.equal(asked.length, 2);
});

test("in a full room the questions are spread over time, up to a limit", async () => {
  for (const [people, expected] of [[100, 1_000], [5_000, MAX_SPREAD_MS]]) {
    const { online, asked, pass, answer } = stage({ random: () => 1 });
    online.start();
    await pass(0);
    await answer(...Array.from({ length: people }, (_, index) => `user${index}`));
    online.changed();
    await pass(REFRESH_MS - 1);
    assert.equal(asked[1].at, SETTLE_MS + expected);
  }
});

test("while nobody looks nothing is asked, and then at once", async () => {
  const { online, asked, pass, answer } = stage();
  online.start();
  await pass(0);
  await answer("alice");
  online.isVisible = false;
  online.changed();
  await pass(10 * REFRESH_MS);
  assert.equal(asked.length, 1);
  online.isVisible = true;
  await pass(SETTLE_MS);
  assert.equal(asked.length, 2);
});

test("a page that connects while nobody looks asks when somebody does", async () => {
  const { online, asked, pass } = stage();
  online.isVisible = false;
  online.start();
  await pass(REFRESH_MS);
  assert.equal(asked.length, 0);
  online.isVisible = true;
  await pass(SETTLE_MS);
  assert.equal(asked.length, 1);
});

test("without a connection it is quiet, and a late answer of the last one counts for nothing", async () => {
  const { online, asked, heard, pass, answer } = stage();
  online.changed();
  await pass(REFRESH_MS);
  assert.equal(asked.length, 0);
  online.start();
  await pass(0);
  online.stop();
  await answer("alice");
  online.changed();
  online.isVisible = false;
  online.isVisible = true;
  await pass(REFRESH_MS);
  assert.deepEqual([asked.length, heard.length], [1, 0]);
  online.start();
  await pass(0);
  await answer("bob");
  assert.equal(heard[0].users[0].username, "bob");
});

test("a failure is tried again, later each time; a refusal is not", async () => {
  const { online, asked, heard, pass, answer, fail } = stage({ random: () => 1 });
  online.start();
  await pass(0);
  await fail(0);
  await pass(SETTLE_MS + 1_000);
  assert.equal(asked.length, 2);
  await fail(503);
  await pass(SETTLE_MS + 1_999);
  assert.equal(asked.length, 2);
  await pass(1);
  assert.equal(asked.length, 3);
  await answer("alice");
  assert.equal(heard.length, 1);
  online.changed();
  await pass(REFRESH_MS - 1);
  assert.equal(asked.length, 4);
  await fail(403);
  online.changed();
  await pass(10 * REFRESH_MS);
  assert.equal(asked.length, 4);
});

test("the reader comes first, the others by the alphabet in any case", () => {
  const users = ["bob", "Zoe", "Anna", "carol"].map((username) => ({ username, connections: 1 }));
  assert.deepEqual(inOrder(users, "carol"), ["carol", "Anna", "bob", "Zoe"]);
  assert.deepEqual(inOrder(users, "nobody"), ["Anna", "bob", "carol", "Zoe"]);
});

test("a doubt is said in words", () => {
  assert.equal(countWords(3), "3 online");
  assert.equal(doubtWords({ partial: false, isStale: false }), "");
  assert.match(doubtWords({ partial: true, isStale: false }), /^Others may be missing/);
  assert.match(doubtWords({ partial: true, isStale: true }), /^Not connected/);
});

const chat = chatSuite();

/** Names in the list, as they are read. */
const names = (page) => page.locator("#online .person-name").allTextContents();
const untilNames = (page, expected) =>
  until(
    page,
    (wanted) => [...document.querySelectorAll("#online .person-name")].map((name) => name.textContent).join() === wanted,
    expected.join(),
  );

test("two people see each other in the list, tabs count once, and who leaves is gone", async () => {
  const { alice, bob, roomId } = await chat.twoInARoom();
  await untilNames(alice.page, [alice.username, bob.username]);
  await untilNames(bob.page, [bob.username, alice.username]);
  assert.equal(await alice.page.locator("#online .online-count").textContent(), "2 online");
  assert.equal(await alice.page.locator("#online .person-you:visible").count(), 1);
  // What is read aloud is the count, once; who comes and goes the conversation says.
  const announcement = alice.page.locator("#online-announcement");
  const said = await announcement.textContent();
  assert.match(said, /^[12] online$/);

  const tab = await bob.newPage();
  await bob.enter(roomId, tab);
  await untilNames(tab, [bob.username, alice.username]);
  await tab.close();
  await bob.page.goto("/");
  await untilNames(alice.page, [alice.username]);
  assert.equal(await alice.page.locator("#online .online-count").textContent(), "1 online");
  assert.equal(await announcement.textContent(), said);
});

test("where there is little room the list opens and closes with a button, by the keyboard too", async () => {
  const { alice, bob } = await chat.twoInARoom({ viewport: { width: 360, height: 640 } });
  const { page } = alice;
  await untilNames(page, [alice.username, bob.username]);
  const panel = page.locator("#online");
  const toggle = page.getByRole("button", { name: "2 online" });
  assert.equal(await panel.isVisible(), false);
  await toggle.click();
  assert.equal(await panel.isVisible(), true);
  assert.equal(await toggle.getAttribute("aria-expanded"), "true");
  const right = await page.evaluate(() => document.getElementById("online").getBoundingClientRect().right);
  assert.ok(right <= 360, `it ends at ${right}`);
  await page.keyboard.press("Escape");
  assert.equal(await panel.isVisible(), false);
  assert.equal(await page.evaluate(() => document.activeElement.id), "online-toggle");
  await page.keyboard.press("Enter");
  assert.equal(await panel.isVisible(), true);
  await page.locator("#text").click();
  assert.equal(await panel.isVisible(), false);
  assert.equal(await toggle.getAttribute("aria-expanded"), "false");
});

test("that others may be missing is said in words, and so is that the connection is gone", async () => {
  const { alice, bob } = await chat.twoInARoom();
  const { page } = alice;
  let isPartial = true;
  await page.route(/\/api\/rooms\/\d+\/online$/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), partial: isPartial } });
  });
  const sockets = [];
  let isBlocked = false;
  await page.routeWebSocket(/\/ws\/chat\//, (socket) => {
    if (isBlocked) return socket.close({ code: 4000 });
    socket.connectToServer();
    sockets.push(socket);
  });
  await page.reload();
  await alice.waitForState("connected");
  const doubt = page.locator("#online .online-doubt");
  await doubt.getByText(/^Others may be missing/).waitFor();
  assert.match(await page.locator("#online-announcement").textContent(), /^2 online\. Others may be missing/);

  isBlocked = true;
  isPartial = false;
  await sockets[0].close({ code: 4000 });
  await doubt.getByText(/^Not connected/).waitFor();
  assert.deepEqual(await names(page), [alice.username, bob.username]);
  isBlocked = false;
  await alice.waitForState("connected");
  await doubt.waitFor({ state: "hidden" });
  await until(page, () => document.getElementById("online-announcement").textContent === "2 online");
});

test("a room that one has left shows nobody", async () => {
  const { alice, bob } = await chat.twoInARoom();
  await untilNames(bob.page, [bob.username, alice.username]);
  await bob.page.getByRole("button", { name: "Leave" }).click();
  await bob.page.getByText("You left this room.").waitFor();
  assert.equal(await bob.page.locator("#online").isVisible(), false);
  await bob.page.getByRole("button", { name: "Join this room" }).click();
  await bob.waitForState("connected");
  await untilNames(bob.page, [bob.username, alice.username]);
});
