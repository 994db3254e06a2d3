// The parts of the room's page around the conversation.

import { loginAddress } from "./api.js";

export const element = (id) => document.getElementById(id);

/** An error in words, until it is dismissed or replaced; empty words take it away. */
export function showNotice(words) {
  element("notice-text").textContent = words;
  element("notice").hidden = words === "";
}

/**
 * Why one cannot write here, with one of the buttons "join", "again", "login", "home"; empty words take it away.
 * `isWhole`: there is no conversation to be seen above it.
 */
export function showGate(words, button, { isWhole }) {
  element("gate-text").textContent = words;
  for (const id of ["join", "again", "login", "home"]) element(id).hidden = id !== button;
  element("login").href = loginAddress();
  element("gate").hidden = words === "";
  element("conversation").classList.toggle("gated", words !== "" && isWhole);
}

/** The title of the browser's tab. */
export function showTitle(roomName, unread) {
  document.title = unread > 0 ? `(${unread}) ${roomName} · Chanx Chat` : `${roomName} · Chanx Chat`;
}

/** The user's own rooms at the side, this one marked. */
export function showRooms(rooms, currentId) {
  const items = rooms
    .filter((room) => room.is_member)
    .map((room) => {
      const link = document.createElement("a");
      link.href = `/chat/${room.id}/`;
      link.textContent = room.name;
      if (room.id === currentId) link.setAttribute("aria-current", "page");
      const item = document.createElement("li");
      item.append(link);
      return item;
    });
  element("rooms").replaceChildren(...items);
}
