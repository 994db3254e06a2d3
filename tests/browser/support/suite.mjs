import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";

import { DEADLINE_MS, launchBrowser, Person } from "./browser.mjs";
import { ChatServer } from "./chat_server.mjs";

/**
 * A server and a browser for one file of tests, started and stopped with it. After each test its people's browsers are
 * closed, and no script may have thrown nor anything broken the content policy. The server gets further arguments.
 */
export function chatSuite(...serverArguments) {
  const suite = { browser: undefined, server: undefined };
  let people = [];
  let lastNumber = 0;

  before(async () => {
    suite.server = await ChatServer.start(serverArguments);
    suite.browser = await launchBrowser();
  });

  after(async () => {
    await suite.browser?.close();
    await suite.server?.stop();
  });

  afterEach(async () => {
    const complaints = people.flatMap((person) => person.complaints);
    await Promise.all(people.map((person) => person.context.close()));
    people = [];
    assert.deepEqual(complaints, [], "no script threw and nothing broke the content policy");
  });

  /** A person with a name that no other test has. */
  suite.newPerson = async (name, options) => {
    lastNumber += 1;
    const person = await Person.create(suite.browser, suite.server.url, `${name}${lastNumber}`, options);
    people.push(person);
    return person;
  };

  /** Alice and Bob, registered and in one room of their own. */
  suite.twoInARoom = async (options) => {
    const alice = await suite.newPerson("alice", options);
    const bob = await suite.newPerson("bob", options);
    await Promise.all([alice.registerQuietly(), bob.registerQuietly()]);
    const roomId = await alice.createRoom(`Room of ${alice.username}`);
    await bob.post(`/api/rooms/${roomId}/members`);
    await alice.enter(roomId);
    await bob.enter(roomId);
    return { alice, bob, roomId };
  };

  return suite;
}

/** Waits until `condition`, run in the page with `argument`, holds. */
export function until(page, condition, argument) {
  return page.waitForFunction(condition, argument, { timeout: DEADLINE_MS, polling: 50 });
}

export const hasClass = (locator, name) =>
  locator.evaluate((element, wanted) => element.classList.contains(wanted), name);
