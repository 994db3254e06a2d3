// The HTTP API. Every failure is an ApiError whose message can be shown to people.

import { describeErrors } from "./words.js";

export class ApiError extends Error {
  /** `status` is 0 when the server could not be reached. */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function inOtherWords(response, body) {
  const retryAfter = Number(response.headers.get("Retry-After"));
  if (response.status === 503 && retryAfter > 0) {
    return `The server is busy. Please try again in ${retryAfter} s.`;
  }
  return describeErrors(body?.detail, `The server answered ${response.status} ${response.statusText}`.trim() + ".");
}

async function request(method, path, content) {
  const options = { method, headers: { Accept: "application/json" }, credentials: "same-origin", cache: "no-store" };
  if (content !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(content);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError(0, "The server cannot be reached. Please check your connection and try again.");
  }
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new ApiError(response.status, inOtherWords(response, body));
  return body;
}

const ROOMS_PAGE = 1000; // the server gives no more at a time, in the order of their ids
const MOST_ROOMS = 10_000;

/** The rooms, but no more of them than a page can show. */
async function firstRooms() {
  const rooms = [];
  for (;;) {
    const page = await roomsAfter(rooms.at(-1)?.id ?? 0);
    rooms.push(...page);
    if (page.length < ROOMS_PAGE || rooms.length >= MOST_ROOMS) return rooms;
  }
}

const roomsAfter = (id) => request("GET", `/api/rooms?after=${id}`);

export const api = {
  me: () => request("GET", "/api/me"),
  login: (username, password) => request("POST", "/api/login", { username, password }),
  register: (username, password) => request("POST", "/api/register", { username, password }),
  logoutEverywhere: () => request("POST", "/api/logout/everywhere"),
  logout: () => request("POST", "/api/logout"),
  rooms: firstRooms,
  /** One room by its id; undefined where there is none. */
  room: async (id) => (await roomsAfter(id - 1)).find((room) => room.id === id),
  createRoom: (name) => request("POST", "/api/rooms", { name }),
  join: (roomId) => request("POST", `/api/rooms/${roomId}/members`),
  leave: (roomId, username) => request("DELETE", `/api/rooms/${roomId}/members/${encodeURIComponent(username)}`),
  online: (roomId) => request("GET", `/api/rooms/${roomId}/online`),
  messagesBefore: (roomId, id, limit) => request("GET", `/api/rooms/${roomId}/messages?before=${id}&limit=${limit}`),
  messagesAfter: (roomId, id, limit) => request("GET", `/api/rooms/${roomId}/messages?after=${id}&limit=${limit}`),
};

/** To the login page, and back here afterwards. */
export function goToLogin() {
  location.assign(loginAddress());
}

export function loginAddress() {
  return `/login?next=${encodeURIComponent(location.pathname)}`;
}
