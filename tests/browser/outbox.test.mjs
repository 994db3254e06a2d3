import assert from "node:assert/strict";
import { test } from "node:test";

import { staticModule } from "./support/static_module.mjs";

const { FAILED, Outbox, SENDING, UNCONFIRMED } = await staticModule("outbox.js");

test("every message has a ref of its own that begins with the page's prefix", () => {
  const outbox = new Outbox("page");
  const refs = [outbox.add("a").ref, outbox.add("a").ref];
  assert.notEqual(refs[0], refs[1]);
  for (const ref of refs) assert.match(ref, /^page-/);
  assert.ok(refs.every((ref) => ref.length <= 64));
});

test("an acknowledged message leaves the outbox, once", () => {
  const outbox = new Outbox("page");
  const entry = outbox.add("hello");
  assert.equal(entry.state, SENDING);
  assert.equal(outbox.remove(entry.ref), entry);
  assert.equal(outbox.remove(entry.ref), undefined);
  assert.deepEqual(outbox.entries, []);
});

test("an unknown ref, or none, changes nothing", () => {
  const outbox = new Outbox("page");
  const entry = outbox.add("hello");
  assert.equal(outbox.remove(undefined), undefined);
  assert.equal(outbox.fail("other-1", "no"), undefined);
  assert.deepEqual(outbox.entries, [entry]);
  assert.equal(entry.state, SENDING);
});

test("a refused message stays, with the reason", () => {
  const outbox = new Outbox("page");
  const entry = outbox.add("hello");
  outbox.fail(entry.ref, "Too long");
  assert.equal(entry.state, FAILED);
  assert.equal(entry.error, "Too long");
});

test("a lost connection leaves only what was under way unconfirmed", () => {
  const outbox = new Outbox("page");
  const refused = outbox.add("one");
  outbox.fail(refused.ref, "no");
  const underWay = outbox.add("two");
  assert.deepEqual(outbox.connectionLost(), [underWay]);
  assert.equal(underWay.state, UNCONFIRMED);
  assert.equal(refused.state, FAILED);
  assert.deepEqual(outbox.connectionLost(), []);
});
