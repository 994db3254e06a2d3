import assert from "node:assert/strict";
import { test } from "node:test";

import { staticModule } from "./support/static_module.mjs";

const { codePoints, describeErrors, hueOf, initials, safeNext } = await staticModule("words.js");
const { backoffDelay } = await staticModule("backoff.js");

test("a detail that is a string is what people read", () => {
  assert.equal(describeErrors("This name is taken"), "This name is taken");
});

test("a list of validation errors becomes a line each, with the field in words", () => {
  const detail = [
    { type: "string_too_short", loc: ["password"], msg: "At least 8 characters" },
    { type: "string_too_long", loc: ["chat", "payload"], msg: "At most 4000 characters" },
    { type: "json_invalid", loc: [], msg: "Invalid JSON" },
  ];
  assert.equal(
    describeErrors(detail),
    "Password: At least 8 characters\nMessage: At most 4000 characters\nInvalid JSON",
  );
});

test("who sends too much is told to slow down, and for how long", () => {
  const refusal = (retry_after) => [
    { type: "rate_limited", loc: ["chat"], msg: "Too many messages: try again later", retry_after },
  ];
  assert.equal(describeErrors(refusal(0.1)), "Slow down: try again in a second.");
  assert.equal(describeErrors(refusal(1)), "Slow down: try again in a second.");
  assert.equal(describeErrors(refusal(1.5)), "Slow down: try again in 2 seconds.");
  assert.equal(describeErrors(refusal(undefined)), "chat: Too many messages: try again later");
});

test("a detail of no known shape falls back to the words for that", () => {
  for (const detail of [undefined, null, "", [], 7, {}]) assert.equal(describeErrors(detail, "Oh."), "Oh.");
  assert.equal(describeErrors([null]), "Something is wrong with this.");
});

test("code points are counted, not UTF-16 units", () => {
  assert.equal(codePoints(""), 0);
  assert.equal(codePoints("aé🏔"), 3);
});

test("only a path of this site is followed after logging in", () => {
  for (const good of ["/", "/chat/1/", "/chat/1/?a=b//c"]) assert.equal(safeNext(good), good);
  for (const bad of [null, "", "chat", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example"]) {
    assert.equal(safeNext(bad), "/", String(bad));
  }
});

test("a name has the same colour and initials in any case", () => {
  assert.equal(hueOf("Alice"), hueOf("alice"));
  assert.notEqual(hueOf("alice"), hueOf("bob"));
  assert.ok(hueOf("zoe") >= 0 && hueOf("zoe") < 360);
  assert.equal(initials("alice"), "A");
  assert.equal(initials("ada.lovelace"), "AL");
  assert.equal(initials("-"), "-");
});

test("the wait has full jitter and a ceiling that doubles from 1 s to 30 s", () => {
  const highest = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => backoffDelay(attempt, () => 1));
  assert.deepEqual(highest, [1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
  assert.equal(backoffDelay(5, () => 0), 0);
  assert.equal(backoffDelay(1, () => 0.25), 500);
});
