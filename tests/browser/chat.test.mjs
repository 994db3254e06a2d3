// The chat in real browsers against the real server. No step waits for a time, each waits for what it expects.

import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";

import { DEADLINE_MS, launchBrowser, Person } from "./support/browser.mjs";
import { ChatServer } from "./support/chat_server.mjs";

let browser;
let server;
let people = [];
let lastNumber = 0;

before(async () => {
  server = await ChatServer.start();
  browser = await launchBrowser();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

afterEach(async () => {
  const complaints = people.flatMap((person) => person.complaints);
  await Promise.all(people.map((person) => person.context.close()));
  people = [];
  assert.deepEqual(complaints, [], "no script threw and nothing broke the content policy");
});

/** A person with a name that no other test has. */
async function newPerson(name, options) {
  lastNumber += 1;
  const person = await Person.create(browser, server.url, `${name}${lastNumber}`, options);
  people.push(person);
  return person;
}

/** Alice and Bob, registered and in one room of their own. */
async function twoInARoom(options) {
  const alice = await newPerson("alice", options);
  const bob = await newPerson("bob", options);
  await Promise.all([alice.registerQuietly(), bob.registerQuietly()]);
  const roomId = await alice.createRoom(`Room of ${alice.username}`);
  await bob.post(`/api/rooms/${roomId}/members`);
  await alice.enter(roomId);
  await bob.enter(roomId);
  return { alice, bob, roomId };
}

/** Waits until `condition`, run in the page with `argument`, holds. */
function until(page, condition, argument) {
  return page.waitForFunction(condition, argument, { timeout: DEADLINE_MS, polling: 50 });
}

const hasClass = (locator, name) => locator.evaluate((element, wanted) => element.classList.contains(wanted), name);

test("two people register, make a room, join it, chat both ways, and see each other come and go", async () => {
  const alice = await newPerson("alice");
  await alice.page.goto("/");
  await alice.page.waitForURL(/\/login\?next=/);
  await alice.page.getByRole("button", { name: "Create an account" }).click();
  await alice.page.getByLabel("User name").fill(alice.username);
  await alice.page.getByLabel("Password").fill(alice.password);
  await alice.page.getByRole("button", { name: "Create account" }).click();
  await alice.page.waitForURL(`${server.url}/`);
  await alice.page.getByText(alice.username, { exact: true }).waitFor();

  const roomName = `Garden of ${alice.username}`;
  await alice.page.getByLabel("Name of the new room").fill(roomName);
  await alice.page.getByRole("button", { name: "Create room" }).click();
  await alice.page.waitForURL(/\/chat\/\d+\/$/);
  await alice.waitForState("connected");
  await alice.page.getByRole("heading", { name: roomName }).waitFor();
  await alice.page.getByText("No messages yet. Say hello.").waitFor();
  const roomAddress = new URL(alice.page.url()).pathname;

  const bob = await newPerson("bob");
  await bob.page.goto(roomAddress);
  await bob.page.waitForURL((url) => url.pathname === "/login" && url.searchParams.get("next") === roomAddress);
  await bob.page.getByRole("button", { name: "Create an account" }).click();
  await bob.page.getByLabel("User name").fill(bob.username);
  await bob.page.getByLabel("Password").fill(bob.password);
  await bob.page.getByRole("button", { name: "Create account" }).click();
  await bob.page.waitForURL(`${server.url}${roomAddress}`);
  await bob.waitForState("not_a_member");
  assert.equal(await bob.page.locator("#composer").isVisible(), false);
  await bob.page.getByRole("button", { name: "Join this room" }).click();
  await bob.waitForState("connected");
  await alice.line(`${bob.username} joined`).waitFor();

  await alice.say("Hello Bob");
  await bob.bubble("Hello Bob").waitFor();
  await bob.say("Hello Alice");
  await alice.bubble("Hello Alice").waitFor();

  assert.equal(await hasClass(alice.message("Hello Bob"), "mine"), true);
  assert.equal(await hasClass(alice.message("Hello Alice"), "mine"), false);
  assert.equal(await hasClass(bob.message("Hello Bob"), "mine"), false);
  assert.equal(await hasClass(bob.message("Hello Alice"), "mine"), true);
  assert.equal(await bob.message("Hello Bob").locator(".author").textContent(), alice.username);
  const colour = (locator) => locator.evaluate((element) => getComputedStyle(element).backgroundColor);
  assert.notEqual(await colour(alice.bubble("Hello Bob")), await colour(alice.bubble("Hello Alice")));
  assert.equal(await alice.page.locator("#pending .message").count(), 0);

  await bob.page.goto("/");
  await alice.line(`${bob.username} left`).waitFor();
  await bob.page.goBack();
  await alice.line(`${bob.username} joined`).nth(1).waitFor();
  await bob.waitForState("connected");
  await bob.page.getByRole("button", { name: "Leave" }).click();
  await bob.page.getByText("You left this room.").waitFor();
  await alice.line(`${bob.username} left`).nth(1).waitFor();
});

test("wrong passwords, taken names and bad names are told in words", async () => {
  const carol = await newPerson("carol");
  await carol.registerQuietly();
  await carol.context.clearCookies();
  await carol.page.goto("/login?next=//evil.example/");
  const alert = carol.page.getByRole("alert");

  await carol.page.getByLabel("User name").fill(carol.username);
  await carol.page.getByLabel("Password").fill("not the password");
  await carol.page.getByRole("button", { name: "Log in" }).click();
  await alert.waitFor();
  assert.match(await alert.textContent(), /\w+ \w+/);

  await carol.page.getByRole("button", { name: "Create an account" }).click();
  await alert.waitFor({ state: "hidden" });
  await carol.page.getByLabel("User name").fill(carol.username.toUpperCase());
  await carol.page.getByLabel("Password").fill(carol.password);
  await carol.page.getByRole("button", { name: "Create account" }).click();
  await alert.waitFor();

  await carol.page.getByLabel("User name").fill("no spaces please");
  await carol.page.getByLabel("Password").fill("short");
  await carol.page.getByRole("button", { name: "Create account" }).click();
  await until(carol.page, () => /User name: .+\nPassword: .+/.test(document.getElementById("error").textContent));

  await carol.page.getByRole("button", { name: "Log in" }).click();
  await carol.page.getByLabel("User name").fill(carol.username);
  await carol.page.getByLabel("Password").fill(carol.password);
  await carol.page.getByRole("button", { name: "Log in" }).click();
  await carol.page.waitForURL(`${server.url}/`);
});

test("after a reload the history is there, above a line, and what comes then is below it", async () => {
  const { alice, bob } = await twoInARoom();
  await alice.say("before the reload");
  await bob.say("this too");
  await alice.bubble("this too").waitFor();
  assert.equal(await alice.page.locator("#log .live").count(), 0);
  await alice.page.reload();
  await alice.bubble("this too").waitFor();
  await alice.page.locator("#log .live").waitFor();
  await bob.say("after the reload");
  await alice.bubble("after the reload").waitFor();
  const order = await alice.page
    .locator("#log > .message, #log > .live")
    .evaluateAll((items) =>
      items.map((item) => (item.matches(".live") ? "---" : item.querySelector(".bubble").textContent)),
    );
  assert.deepEqual(order, ["before the reload", "this too", "---", "after the reload"]);
  assert.equal(await hasClass(alice.message("before the reload"), "mine"), true);
  assert.equal(await hasClass(alice.message("this too"), "mine"), false);
  assert.deepEqual(await alice.page.locator("#log .day").allTextContents().then((days) => days.map((day) => day.trim())), [
    "Today",
  ]);
});

test("markup in a message stays text, live and from the history", async () => {
  const { alice, bob } = await twoInARoom();
  const attack = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>`;
  await alice.say(attack);
  await bob.bubble(attack).waitFor();
  await bob.page.reload();
  await bob.bubble(attack).waitFor();
  for (const { page } of [alice, bob]) {
    assert.equal(await page.locator("#live img, #live script").count(), 0);
    assert.doesNotMatch(await page.title(), /hacked/);
  }
});

test("names of rooms with markup stay text", async () => {
  const alice = await newPerson("alice");
  await alice.registerQuietly();
  const name = `<img src=x onerror="document.title='hacked'">`;
  const roomId = await alice.createRoom(name);
  await alice.page.goto("/");
  await alice.page.getByRole("link", { name }).waitFor();
  assert.equal(await alice.page.locator("main img").count(), 0);
  await alice.enter(roomId);
  assert.equal(await alice.page.locator("#room-name").textContent(), name);
  assert.equal(await alice.page.locator("main img, #rooms img").count(), 0);
});

test("scrolling up loads older messages, all of them, and keeps the place", async () => {
  const { alice, bob, roomId } = await twoInARoom();
  const total = 130;
  await alice.page.evaluate(
    ([id, count]) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(`ws://${location.host}/ws/chat/${id}/`);
        let next = 1;
        const send = () => socket.send(JSON.stringify({ action: "chat", payload: `number ${next}` }));
        socket.onmessage = ({ data }) => {
          const frame = JSON.parse(data);
          if (frame.action === "history") send();
          if (frame.action !== "chat") return;
          next += 1;
          if (next <= count) send();
          else resolve(socket.close());
        };
        socket.onclose = () => reject(new Error("closed too early"));
      }),
    [roomId, total],
  );
  await bob.bubble(`number ${total}`).waitFor();
  await bob.page.reload();
  await bob.bubble(`number ${total}`).waitFor();
  assert.equal((await bob.bubbles()).length, 50);
  assert.equal(await bob.page.locator("#beginning").isVisible(), false);

  // What is being read must not move when older messages are put above it.
  const scroller = bob.page.locator("#scroller");
  const beingRead = bob.bubble(`number ${total - 40}`);
  await scroller.evaluate((element) => (element.scrollTop = 300));
  const placed = await beingRead.evaluate((element) => element.getBoundingClientRect().top);
  await until(bob.page, () => document.querySelectorAll("#log .bubble").length === 100);
  const kept = await beingRead.evaluate((element) => element.getBoundingClientRect().top);
  assert.ok(Math.abs(kept - placed) < 2, `moved from ${placed} to ${kept}`);

  await until(bob.page, (wanted) => {
    const element = document.getElementById("scroller");
    if (document.querySelectorAll("#log .bubble").length < wanted) element.scrollTop = 0;
    return document.querySelectorAll("#log .bubble").length === wanted;
  }, total);
  assert.deepEqual(
    await bob.bubbles(),
    Array.from({ length: total }, (_, index) => `number ${index + 1}`),
  );
  await scroller.evaluate((element) => (element.scrollTop = 0));
  await bob.page.getByText("This is the beginning of the conversation.").waitFor();

  // Far above the end a new message is announced and does not move the page.
  await alice.say("down here");
  await bob.page.getByRole("button", { name: "1 new message" }).click();
  await until(bob.page, () => {
    const { scrollHeight, scrollTop, clientHeight } = document.getElementById("scroller");
    return scrollHeight - scrollTop - clientHeight < 2;
  });
  await bob.page.locator("#jump").waitFor({ state: "hidden" });
});

test("a killed server that comes back is noticed, and what was missed is there once", async () => {
  const { alice, bob, roomId } = await twoInARoom();
  await alice.say("before");
  await bob.bubble("before").waitFor();

  // Bob's way to the server is blocked: he waits while Alice goes on.
  let isBlocked = true;
  await bob.page.routeWebSocket(/\/ws\/chat\//, (socket) => {
    if (isBlocked) socket.close({ code: 4000 });
    else socket.connectToServer();
  });
  await bob.page.reload();
  await bob.waitForState("waiting");
  await server.kill();
  await alice.waitForState("waiting");
  assert.equal(await alice.page.locator("#send").isDisabled(), true);
  await alice.page.locator("#text").fill("written in between");
  await alice.page.locator("#text").press("Enter");
  await alice.page.getByRole("alert").filter({ hasText: "no connection" }).waitFor();
  await server.restart();

  await alice.waitForState("connected");
  assert.equal(await alice.page.locator("#text").inputValue(), "written in between");
  await alice.page.locator("#text").press("Enter");
  await alice.bubble("written in between").waitFor();
  await alice.say("while Bob was away");
  isBlocked = false;
  await bob.waitForState("connected");
  await bob.bubble("while Bob was away").waitFor();
  await alice.say("both are back");
  await bob.bubble("both are back").waitFor();
  const expected = ["before", "written in between", "while Bob was away", "both are back"];
  assert.deepEqual(await bob.bubbles(), expected);
  assert.deepEqual(await alice.bubbles(), expected);
  assert.equal(new URL(bob.page.url()).pathname, `/chat/${roomId}/`);
});

test("a page that was connected resumes after its last message, even when more than a page was missed", async () => {
  const { alice, bob, roomId } = await twoInARoom();
  await alice.say("the last one Bob saw");
  await bob.bubble("the last one Bob saw").waitFor();
  const asked = [];
  let isBlocked = false;
  const sockets = [];
  await bob.page.routeWebSocket(/\/ws\/chat\//, (socket) => {
    asked.push(new URL(socket.url()).searchParams.get("after"));
    if (isBlocked) return socket.close({ code: 4000 });
    socket.connectToServer();
    sockets.push(socket);
  });
  await bob.page.reload();
  await bob.waitForState("connected");
  await bob.bubble("the last one Bob saw").waitFor();
  isBlocked = true;
  await sockets[0].close({ code: 4000 });
  await bob.waitForState("waiting");

  const total = 230;
  await alice.page.evaluate(
    ([id, count]) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`ws://${location.host}/ws/chat/${id}/`);
        let next = 1;
        const send = () => socket.send(JSON.stringify({ action: "chat", payload: `missed ${next}` }));
        socket.onmessage = ({ data }) => {
          const frame = JSON.parse(data);
          if (frame.action === "history") send();
          if (frame.action !== "chat") return;
          next += 1;
          if (next <= count) send();
          else resolve(socket.close());
        };
      }),
    [roomId, total],
  );
  isBlocked = false;
  await bob.waitForState("connected");
  await until(bob.page, (wanted) => document.querySelectorAll("#log .bubble").length >= wanted, total + 1);
  assert.deepEqual(await bob.bubbles(), [
    "the last one Bob saw",
    ...Array.from({ length: total }, (_, index) => `missed ${index + 1}`),
  ]);
  const lastSeen = await bob.message("the last one Bob saw").getAttribute("data-id");
  assert.equal(asked[0], null);
  assert.ok(asked.length >= 2 && asked.slice(1).every((after) => after === lastSeen), String(asked));
});

test("an empty room is resumed too", async () => {
  const { alice, bob } = await twoInARoom();
  const sockets = [];
  await alice.page.routeWebSocket(/\/ws\/chat\//, (socket) => {
    socket.connectToServer();
    sockets.push(socket);
  });
  await alice.page.reload();
  await alice.waitForState("connected");
  await alice.page.getByText("No messages yet. Say hello.").waitFor();
  await sockets[0].close({ code: 4000 });
  await alice.waitForState("waiting");
  await bob.say("the first message here");
  await alice.bubble("the first message here").waitFor();
  assert.deepEqual(await alice.bubbles(), ["the first message here"]);
  assert.equal(new URL(sockets[1].url()).searchParams.get("after"), "0");
});

test("a second tab shows the same person's messages as their own, and nobody is told of it", async () => {
  const { alice, bob, roomId } = await twoInARoom();
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
  const { alice, bob } = await twoInARoom();
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
  const { alice, bob } = await twoInARoom();
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
  const { alice } = await twoInARoom();
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
  const { alice, roomId } = await twoInARoom();
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
  const dora = await newPerson("dora");
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
  await page.waitForURL(`${server.url}/`);
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
  const { alice } = await twoInARoom();
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
    const { alice, bob } = await twoInARoom({ viewport: { width: 360, height: 640 }, colorScheme });
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
