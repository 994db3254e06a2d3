// What the pages promise without a browser: nothing inline, nothing from elsewhere, text only as text.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../examples/chat/static/", import.meta.url));

async function files(extension, folder = "") {
  const names = await readdir(path.join(root, folder));
  const wanted = names.filter((name) => name.endsWith(extension)).map((name) => path.join(folder, name));
  assert.ok(wanted.length > 0, `there are ${extension} files`);
  return Promise.all(wanted.map(async (name) => ({ name, text: await readFile(path.join(root, name), "utf8") })));
}

test("the pages have no inline script and no inline style, so a strict content policy can hold", async () => {
  for (const { name, text } of await files(".html")) {
    assert.doesNotMatch(text, /<style|\sstyle=|\son\w+=|javascript:/i, name);
    for (const [tag] of text.matchAll(/<script[^>]*>/g)) assert.match(tag, / src="\/static\/js\/\w+\.js"/, name);
  }
});

test("nothing comes from another site", async () => {
  const all = [...(await files(".html")), ...(await files(".css")), ...(await files(".js", "js"))];
  for (const { name, text } of all) assert.doesNotMatch(text, /["'(]\s*(https?:)?\/\/\w/, name);
});

test("no script puts text into the page as markup", async () => {
  for (const { name, text } of await files(".js", "js")) {
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/, name);
  }
});

test("every file that a page or a module names is there", async () => {
  const present = new Set([...(await readdir(root)), ...(await readdir(path.join(root, "js"))).map((name) => `js/${name}`)]);
  for (const { name, text } of await files(".html")) {
    for (const [, file] of text.matchAll(/"\/static\/([^"]+)"/g)) assert.ok(present.has(file), `${name}: ${file}`);
  }
  for (const { name, text } of await files(".js", "js")) {
    for (const [, file] of text.matchAll(/from "\.\/([^"]+)"/g)) assert.ok(present.has(`js/${file}`), `${name}: ${file}`);
  }
});
