// Takes the picture of the chat page for the README: a short conversation of three people, on the real server.
// Usage: node screenshot.mjs [file.png] [light|dark] [phone]

import path from "node:path";
import { fileURLToPath } from "node:url";

import { launchBrowser, Person } from "./support/browser.mjs";
import { ChatServer } from "./support/chat_server.mjs";

const file = path.resolve(process.argv[2] ?? fileURLToPath(new URL("../../docs/images/chat.png", import.meta.url)));
const colorScheme = process.argv[3] ?? "light";
const viewport = process.argv[4] === "phone" ? { width: 360, height: 740 } : { width: 1200, height: 850 };

const conversation = [
  ["anna", "Morning! The hut is booked: two nights, from Friday."],
  ["anna", "Six beds, so there is still room for one more."],
  ["emil", "Wonderful, thank you. Which train are we taking?"],
  ["lena", "The 7:42. We'd be in the valley before noon, with the whole afternoon left for the lake."],
  ["lena", "I'll bring the map. Last year's shortcut is not happening again."],
  ["anna", "It was a beautiful shortcut!"],
];
const live = [
  ["emil", "It was four hours long, Anna."],
  ["lena", "Group tickets are cheaper. I can get them for all of us tonight."],
];

const server = await ChatServer.start();
const browser = await launchBrowser();
try {
  const options = { viewport, colorScheme };
  const people = {};
  for (const name of ["lena", "anna", "emil"]) {
    people[name] = await Person.create(browser, server.url, name, options);
    await people[name].registerQuietly();
  }
  const roomId = await people.anna.createRoom("Weekend in the mountains");
  const others = [await people.lena.createRoom("Book club"), await people.emil.createRoom("Flat 12")];
  for (const name of ["lena", "emil"]) await people[name].post(`/api/rooms/${roomId}/members`);
  await people.lena.post(`/api/rooms/${others[1]}/members`);

  for (const name of ["lena", "anna", "emil"]) await people[name].enter(roomId);
  for (const [name, text] of conversation) await people[name].say(text);
  await people.lena.page.reload();
  await people.lena.waitForState("connected");
  await people.lena.bubble(conversation.at(-1)[1]).waitFor();
  for (const [name, text] of live) await people[name].say(text);
  await people.lena.bubble(live.at(-1)[1]).waitFor();
  await people.lena.page.locator("#online-toggle", { hasText: "3 online" }).waitFor({ state: "attached" });
  await people.lena.page.locator("#text").fill("See you on platform 3");
  await people.lena.page.screenshot({ path: file, animations: "disabled" });
  console.log(file);
} finally {
  await browser.close();
  await server.stop();
}
