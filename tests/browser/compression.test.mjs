// The chat with compression, in a browser that did not need to be told.

import assert from "node:assert/strict";
import { test } from "node:test";

import { chatSuite } from "./support/suite.mjs";

const chat = chatSuite("--compression");

test("a browser agrees on compression, and what is said comes through", async () => {
  const { alice, bob, roomId } = await chat.twoInARoom();
  const words = "words and words, ".repeat(100).trim();
  await alice.say(words);
  await alice.bubble(words).waitFor();
  await bob.bubble(words).waitFor();
  await bob.say("short");
  await alice.bubble("short").waitFor();
  const agreed = await alice.page.evaluate(async (room) => {
    const socket = new WebSocket(`ws://${location.host}/ws/chat/${room}/`);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const { extensions } = socket;
    socket.close();
    return extensions;
  }, roomId);
  assert.equal(agreed, "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
});
