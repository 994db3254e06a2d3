// The list of rooms.

import { showAccount } from "./account.js";
import { ApiError, api, goToLogin } from "./api.js";

const element = (id) => document.getElementById(id);

function showError(words) {
  element("error").textContent = words;
  element("error").hidden = words === "";
}

/** Runs what a user asked for; failures become words, a lost session leads to the login page. */
async function attempt(button, action) {
  showError("");
  if (button) button.disabled = true;
  try {
    await action();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) goToLogin();
    else showError(error.message);
  } finally {
    if (button) button.disabled = false;
  }
}

function roomItem(room) {
  const item = element("room-template").content.firstElementChild.cloneNode(true);
  const address = `/chat/${room.id}/`;
  item.dataset.roomId = room.id;
  item.querySelector(".room-link").href = address;
  item.querySelector(".room-name").textContent = room.name;
  const join = item.querySelector(".join");
  join.hidden = room.is_member;
  join.setAttribute("aria-label", `Join ${room.name}`);
  join.addEventListener("click", () =>
    attempt(join, async () => {
      await api.join(room.id);
      location.assign(address);
    }),
  );
  return item;
}

function showRooms(rooms) {
  const joined = rooms.filter((room) => room.is_member);
  const other = rooms.filter((room) => !room.is_member);
  element("joined").replaceChildren(...joined.map(roomItem));
  element("other").replaceChildren(...other.map(roomItem));
  element("joined-section").hidden = joined.length === 0;
  element("other-section").hidden = other.length === 0;
  element("empty").hidden = rooms.length > 0;
}

element("create").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(event.submitter, async () => {
    const room = await api.createRoom(element("room-name").value);
    location.assign(`/chat/${room.id}/`);
  });
});

attempt(null, async () => {
  const [user, rooms] = await Promise.all([api.me(), api.rooms()]);
  showAccount(user, showError);
  showRooms(rooms);
}).finally(() => {
  element("loading").hidden = true;
});

// Coming back with the browser's arrow may show a list of long ago.
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
