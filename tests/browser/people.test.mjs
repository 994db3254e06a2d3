// People, tabs and log-ins in real browsers against the real server. No step waits for a time.

import assert from "node:assert/strict";
import { test } from "node:test";

import { chatSuite } from "./support/suite.mjs";

const chat = chatSuite();

test("a second tab shows the same person's messages as their own, and nobody is told of it", async () => {
  const { alice, bob, roomId } = await chat.twoInARoom();
  const tab = await alice.newPage();
  await alice.enter(roomId, tab);
  await alice.say("from the first tab");
  await alice.bubble("from the first tab", tab).waitFor();
  await tab.locator("#log .message.mine").waitFor();
  await tab.close();
  await alice.say("still here");
  await bob.bubble("still here").waitFor();
  assert.equal(await bob.page.locator("#log .presence").count(), 0);
});

test("when somebody else logged in with this browser, the page becomes theirs", async () => {
  const { alice, bob } = await chat.twoInARoom();
  const sockets = [];
  await alice.page.routeWebSocket(/\/ws\/chat\//, (socket) => {
    socket.connectToServer();
    sockets.push(socket);
  });
  await alice.page.reload();
  await alice.waitForState("connected");
  await alice.post("/api/login", { username: bob.username, password: bob.password });
  await sockets[0].close({ code: 4000 });
  await alice.page.locator("#me").filter({ hasText: bob.username }).waitFor();
  await alice.waitForState("connected");
});

test("a message whose fate is unknown is marked, not sent again by itself, and can be sent again", async () => {
  const { alice, bob } = await chat.twoInARoom();
  const sockets = [];
  let isSwallowing = true;
  await alice.page.routeWebSocket(/\/ws\/chat\//, (socket) => {
    const upstream = socket.connectToServer();
    socket.onMessage((text) => {
      if (!isSwallowing || !String(text).includes('"chat"')) upstream.send(text);
    });
    sockets.push(socket);
  });
  await alice.page.reload();
  await alice.waitForState("connected");
  await alice.page.locator("#text").fill("did it arrive?");
  await alice.page.locator("#text").press("Enter");
  await alice.page.locator('#pending [data-state="sending"]').waitFor();
  await sockets[0].close({ code: 4000 });
  const pending = alice.page.locator('#pending [data-state="unconfirmed"]');
  await pending.getByText("Not confirmed").waitFor();
  await alice.waitForState("connected");
  isSwallowing = false;
  await bob.say("I see nothing");
  await alice.bubble("I see nothing").waitFor();
  assert.deepEqual(await bob.bubbles(), ["I see nothing"]);
  await pending.getByRole("button", { name: "Send again" }).click();
  await bob.bubble("did it arrive?").waitFor();
  await alice.bubble("did it arrive?").waitFor();
  assert.equal(await alice.page.locator("#pending .message").count(), 0);
  assert.deepEqual(await alice.bubbles(), ["I see nothing", "did it arrive?"]);
});

test("a message that the server refuses is shown with its reason and can be discarded", async () => {
  const { alice } = await chat.twoInARoom();
  const sockets = [];
  await alice.page.routeWebSocket(/\/ws\/chat\//, (socket) => {
    const upstream = socket.connectToServer();
    socket.onMessage((text) => {
      const frame = JSON.parse(text);
      // The page itself holds to the limit, so the excess is added on the way.
      if (frame.action === "chat") frame.payload = "x".repeat(4001);
      upstream.send(JSON.stringify(frame));
    });
    sockets.push(socket);
  });
  await alice.page.reload();
  await alice.waitForState("connected");
  await alice.page.locator("#text").fill("too long, soon");
  await alice.page.locator("#text").press("Enter");
  const refused = alice.page.locator('#pending [data-state="failed"]');
  await refused.getByText(/Not sent\. Message: .*4000/).waitFor();
  await refused.getByRole("button", { name: "Discard" }).click();
  await refused.waitFor({ state: "detached" });
});

test("logging out in another tab signs this one out, and it does not come back by itself", async () => {
  const { alice, roomId } = await chat.twoInARoom();
  let attempts = 0;
  alice.page.on("websocket", () => (attempts += 1));
  const other = await alice.newPage();
  await other.goto("/");
  await other.getByRole("button", { name: "Log out" }).click();
  await other.waitForURL(/\/login/);
  await alice.waitForState("signed_out");
  await alice.page.getByText("You are signed out.").waitFor();
  await alice.page.evaluate(() => dispatchEvent(new Event("online")));
  // A round trip of the page later nothing has been tried.
  await alice.page.evaluate(() => fetch("/healthz").then(() => new Promise((done) => requestAnimationFrame(done))));
  assert.equal(attempts, 0);
  assert.equal(await alice.page.locator("#state").getAttribute("data-state"), "signed_out");
  await alice.page.getByRole("link", { name: "Log in again" }).click();
  await alice.page.waitForURL((url) => url.searchParams.get("next") === `/chat/${roomId}/`);
});

test("everything can be done with the keyboard alone", async () => {
  const dora = await chat.newPerson("dora");
  const { page } = dora;
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
  /** Goes on with the tabulator until this is focused, and sees that the focus can be seen. */
  const tabTo = async (wanted) => {
    for (let steps = 0; steps < 25; steps += 1) {
      if ((await focused()) === wanted) {
        const isVisible = await page.evaluate(() => {
          const shown = [document.activeElement, document.activeElement.closest(".composer-box")];
          return shown.some((each) => {
            const style = each && getComputedStyle(each);
            return style && (style.outlineStyle !== "none" || style.boxShadow !== "none");
          });
        });
        assert.ok(isVisible, `the focus on ${wanted} can be seen`);
        return;
      }
      await page.keyboard.press("Tab");
    }
    assert.fail(`${wanted} cannot be reached with the tabulator; the focus is on ${await focused()}`);
  };

  await page.goto("/login");
  await tabTo("switch");
  await page.keyboard.press("Enter");
  await tabTo("username");
  await page.keyboard.type(dora.username);
  await tabTo("password");
  await page.keyboard.type(dora.password);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${chat.server.url}/`);
  await page.locator("#loading").waitFor({ state: "hidden" });
  await tabTo("room-name");
  await page.keyboard.type("By keyboard");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/chat\/\d+\/$/);
  await dora.waitForState("connected");
  await tabTo("text");
  await page.keyboard.type("first line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#log .bubble")?.textContent === "first line\nsecond line");
  assert.equal(await focused(), "text");
  await page.keyboard.press("Enter");
  assert.equal((await dora.bubbles()).length, 1);
  await page.keyboard.press("Shift+Tab");
  assert.equal(await focused(), "scroller");
  await page.keyboard.press("Shift+Tab");
  assert.equal(await focused(), "leave");
  await page.keyboard.press("Enter");
  await page.getByText("You left this room.").waitFor();
  await tabTo("join");
  await page.keyboard.press("Enter");
  await dora.waitForState("connected");
});

test("the counter shows near the limit, counts code points, and stops what is too long", async () => {
  const { alice } = await chat.twoInARoom();
  const { page } = alice;
  const counter = page.locator("#counter");
  await page.locator("#text").fill("a".repeat(3599));
  assert.equal(await counter.isVisible(), false);
  await page.locator("#text").fill("🏔".repeat(3990));
  assert.equal(await counter.textContent(), "10 left");
  assert.equal(await page.locator("#send").isDisabled(), false);
  await page.locator("#text").fill("🏔".repeat(4001));
  assert.equal(await counter.textContent(), "1 too many");
  assert.equal(await page.locator("#send").isDisabled(), true);
  await page.locator("#text").press("Enter");
  assert.equal(await page.locator("#pending .message").count(), 0);
  await page.locator("#text").fill("🏔".repeat(4000));
  await page.locator("#text").press("Enter");
  await page.waitForFunction(() => [...(document.querySelector("#log .bubble")?.textContent ?? "")].length === 4000);
});

test("on a phone of 360 pixels nothing is wider than the screen, in light and in dark", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const { alice, bob } = await chat.twoInARoom({ viewport: { width: 360, height: 640 }, colorScheme });
    const fits = (page) =>
      page.evaluate(() => {
        const widest = Math.max(...[...document.querySelectorAll("body *")].map((each) => each.getBoundingClientRect().right));
        return { scroll: document.documentElement.scrollWidth, widest: Math.ceil(widest) };
      });
    await alice.page.locator("#text").fill("x".repeat(600));
    await alice.page.locator("#text").press("Enter");
    await alice.say("and a short one");
    await bob.bubble("and a short one").waitFor();
    assert.deepEqual(await fits(bob.page), { scroll: 360, widest: 360 });
    const background = await bob.page.evaluate(() => getComputedStyle(document.querySelector("main")).backgroundColor);
    const [red] = background.match(/\d+/g).map(Number);
    assert.equal(red > 128, colorScheme === "light", background);
    const picture = await bob.page.screenshot();
    assert.ok(picture.length > 5_000, "the page shows something");
    await bob.page.goto("/");
    await bob.page.locator("#loading").waitFor({ state: "hidden" });
    assert.equal((await fits(bob.page)).scroll, 360);
    await bob.context.clearCookies();
    await bob.page.goto("/login");
    assert.equal((await fits(bob.page)).scroll, 360);
  }
});
