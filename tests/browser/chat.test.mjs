// The room in real browsers against the real server. No step waits for a time, each waits for what it expects.

import assert from "node:assert/strict";
import { test } from "node:test";

import { chatSuite, hasClass, until } from "./support/suite.mjs";

const chat = chatSuite();

test("two people register, make a room, join it, chat both ways, and see each other come and go", async () => {
  const alice = await chat.newPerson("alice");
  await alice.page.goto("/");
  await alice.page.waitForURL(/\/login\?next=/);
  await alice.page.getByRole("button", { name: "Create an account" }).click();
  await alice.page.getByLabel("User name").fill(alice.username);
  await alice.page.getByLabel("Password").fill(alice.password);
  await alice.page.getByRole("button", { name: "Create account" }).click();
  await alice.page.waitForURL(`${chat.server.url}/`);
  await alice.page.getByText(alice.username, { exact: true }).waitFor();

  const roomName = `Garden of ${alice.username}`;
  await alice.page.getByLabel("Name of the new room").fill(roomName);
  await alice.page.getByRole("button", { name: "Create room" }).click();
  await alice.page.waitForURL(/\/chat\/\d+\/$/);
  await alice.waitForState("connected");
  await alice.page.getByRole("heading", { name: roomName }).waitFor();
  await alice.page.getByText("No messages yet. Say hello.").waitFor();
  const roomAddress = new URL(alice.page.url()).pathname;

  const bob = await chat.newPerson("bob");
  await bob.page.goto(roomAddress);
  await bob.page.waitForURL((url) => url.pathname === "/login" && url.searchParams.get("next") === roomAddress);
  await bob.page.getByRole("button", { name: "Create an account" }).click();
  await bob.page.getByLabel("User name").fill(bob.username);
  await bob.page.getByLabel("Password").fill(bob.password);
  await bob.page.getByRole("button", { name: "Create account" }).click();
  await bob.page.waitForURL(`${chat.server.url}${roomAddress}`);
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
  const carol = await chat.newPerson("carol");
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
  await carol.page.waitForURL(`${chat.server.url}/`);
});

test("after a reload the history is there, above a line, and what comes then is below it", async () => {
  const { alice, bob } = await chat.twoInARoom();
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
  const { alice, bob } = await chat.twoInARoom();
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
  const alice = await chat.newPerson("alice");
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
  const { alice, bob, roomId } = await chat.twoInARoom();
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
  const { alice, bob, roomId } = await chat.twoInARoom();
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
  await chat.server.kill();
  await alice.waitForState("waiting");
  assert.equal(await alice.page.locator("#send").isDisabled(), true);
  await alice.page.locator("#text").fill("written in between");
  await alice.page.locator("#text").press("Enter");
  await alice.page.getByRole("alert").filter({ hasText: "no connection" }).waitFor();
  await chat.server.restart();

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
  const { alice, bob, roomId } = await chat.twoInARoom();
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
  const { alice, bob } = await chat.twoInARoom();
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
