// The page of one room: brings together the connection, the log of messages and what is seen of them.

import { showAccount } from "./account.js";
import { ApiError, api, goToLogin } from "./api.js";
import { backoffDelay } from "./backoff.js";
import { Composer } from "./composer.js";
import { ConnectionLine } from "./connection_line.js";
import { MessageLog } from "./message_log.js";
import { MessageView } from "./message_view.js";
import { Outbox, SENDING } from "./outbox.js";
import { PendingView } from "./pending_view.js";
import { RoomConnection, State } from "./room_connection.js";
import { RoomOnline } from "./room_online.js";
import { element, showGate, showNotice, showRooms, showTitle } from "./room_page.js";
import { ScrollKeeper } from "./scroll_keeper.js";
import { describeErrors } from "./words.js";

const OLDER_PAGE = 50;
const MISSED_PAGE = 200;
/** Older messages are asked for when this little is left above. */
const LOAD_OLDER_PX = 400;
/** A page that stays open for days keeps this many messages; the rest can be loaded again. */
const KEPT_MESSAGES = 1000;
const TRIM_FROM = 1300;
/** More missed messages than this are not read aloud. */
const MAX_ALOUD = 5;
/** More unanswered messages than this are not taken. */
const MAX_SENDING = 20;

const roomId = Number(/^\/chat\/(\d+)/.exec(location.pathname)?.[1]);

let user = null;
let room = null;
let view = null;
let online = null;
let waitingPresence = [];
let isLoadingOlder = false;
let unseen = 0;
let unread = 0;
let epoch = 0;

const log = new MessageLog();
const outbox = new Outbox(crypto.getRandomValues(new Uint32Array(2)).join("-"));

const scroll = new ScrollKeeper(element("scroller"), { anchors: element("log"), onScroll: scrolled });

const connectionLine = new ConnectionLine({
  line: element("state"),
  text: element("state-text"),
  wait: element("state-wait"),
});

const pendingView = new PendingView({
  list: element("pending"),
  template: element("pending-template"),
  onRetry: (entry) => {
    if (send(entry.text)) discard(entry);
  },
  onDiscard: discard,
});

const composer = new Composer({
  form: element("composer"),
  text: element("text"),
  counter: element("counter"),
  send: element("send"),
  onSend: send,
});

const connection = new RoomConnection({
  url: () => {
    const address = new URL(`/ws/chat/${roomId}/`, location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    if (log.cursor !== null) address.searchParams.set("after", log.cursor);
    return address.href;
  },
  onState: connectionChanged,
  onFrame: received,
});

// --- what is seen ---

/** Shows, instead of the composer, why one cannot write here and what one can do about it; no words: the composer. */
function gate(words, button) {
  composer.isVisible = words === "";
  showGate(words, button, { isWhole: !log.isStarted });
}

/** What is shown about the conversation as a whole. */
function showEdges() {
  element("older").hidden = !isLoadingOlder;
  element("beginning").hidden = !log.isStarted || log.hasOlder || log.messages.length === 0;
  element("empty").hidden = !log.isStarted || !view.isEmpty || outbox.entries.length > 0;
  const jump = element("jump");
  jump.hidden = scroll.isAtEnd;
  if (unseen > 0) jump.textContent = unseen === 1 ? "1 new message ↓" : `${unseen} new messages ↓`;
  else jump.textContent = "Latest messages ↓";
}

/** Changes what is shown; the reader stays where they are. Pages of old messages are not read aloud. */
function change(action, { aloud = false } = {}) {
  element("live").setAttribute("aria-busy", String(!aloud));
  scroll.keep(() => {
    action();
    showEdges();
  });
  if (scroll.isAtEnd) unseen = 0;
  showEdges();
  // Turned off only after the page was drawn, or the messages would be read aloud all the same.
  requestAnimationFrame(() => element("live").setAttribute("aria-busy", "false"));
}

// --- the connection ---

function connectionChanged(state, details) {
  connectionLine.show(state, details);
  element("conversation").dataset.state = state;
  composer.canSend = state === State.CONNECTED;
  if (state !== State.CONNECTED) {
    change(() => outbox.connectionLost().forEach((entry) => pendingView.show(entry)));
  }
  if (state === State.CONNECTING) {
    epoch += 1;
    const forgotten = log.beginConnection();
    if (forgotten.length > 0) change(() => view.removeMessages(forgotten));
  }
  if (state === State.CONNECTED && epoch > 1) checkUser();
  online.connectionChanged(state);
  element("leave").hidden = ![State.CONNECTING, State.CONNECTED, State.WAITING, State.OFFLINE].includes(state);
  if (state === State.SIGNED_OUT) gate("You are signed out.", "login");
  else if (state === State.NOT_A_MEMBER) gate("You are not a member of this room.", "join");
  else if (state === State.NOT_FOUND) gate("There is no such room.", "home");
}

/** When somebody else logged in with this browser while the connection was away, this is their page now. */
function checkUser() {
  api.me().then(
    (me) => {
      if (me.username !== user.username) location.reload();
    },
    // Whoever is signed out hears it from the connection.
    () => {},
  );
}

function received(frame) {
  if (frame.action === "chat") receivedChat(frame);
  else if (frame.action === "history") receivedHistory(frame);
  else if (frame.action === "user_joined") receivedPresence(frame.payload, "joined");
  else if (frame.action === "user_left") receivedPresence(frame.payload, "left");
  else if (frame.action === "error") receivedError(frame);
}

function receivedChat(frame) {
  const message = { id: frame.id, username: frame.username, message: frame.payload, timestamp: frame.timestamp };
  const isNew = log.addLive(message);
  const isOurs = outbox.remove(frame.ref) !== undefined;
  if (isNew && !frame.is_mine) {
    if (!scroll.isAtEnd) unseen += 1;
    if (document.hidden) unread += 1;
    showTitle(room.name, unread);
  }
  change(
    () => {
      if (isOurs) pendingView.remove(frame.ref);
      if (isNew) view.addMessages([message]);
      trim();
    },
    { aloud: true },
  );
}

function receivedHistory(frame) {
  const isFirst = !log.isStarted;
  const added = log.addHistory(frame.payload, { truncated: frame.truncated });
  change(
    () => {
      view.addMessages(added);
      const last = frame.payload[frame.payload.length - 1];
      if (isFirst && last) view.addLiveRule(last.id);
      waitingPresence.forEach((show) => show());
      waitingPresence = [];
      trim();
    },
    { aloud: !isFirst && added.length <= MAX_ALOUD },
  );
  if (!log.isComplete) loadMissed();
  loadOlderWhenNear();
  online.start();
}

function receivedPresence(presence, verb) {
  online.changed();
  if (presence.username === user.username) return;
  const show = () => view.addPresence(`${presence.username} ${verb}`, presence.timestamp);
  // Before the first history there is nothing to stand below.
  if (log.isStarted) change(show, { aloud: true });
  else if (waitingPresence.length < MAX_SENDING) waitingPresence.push(show);
}

function receivedError(frame) {
  const words = describeErrors(frame.payload?.detail ?? frame.payload);
  const entry = outbox.fail(frame.ref, words);
  if (entry) change(() => pendingView.show(entry));
  else showNotice(words);
}

function trim() {
  if (scroll.isAtEnd && log.messages.length > TRIM_FROM) view.removeMessages(log.trimOldest(KEPT_MESSAGES));
}

// --- messages that were not sent to us ---

/** Reads the rest of what was missed, page by page, as long as this connection lives. */
async function loadMissed() {
  const ours = epoch;
  for (let failures = 0; ours === epoch && !log.isComplete; ) {
    try {
      const page = await api.messagesAfter(roomId, log.cursor, MISSED_PAGE);
      if (ours !== epoch) return;
      change(() => {
        view.addMessages(log.addMissed(page, MISSED_PAGE));
        trim();
      });
      failures = 0;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if ([401, 403, 404].includes(error.status)) return;
      showNotice(`Some messages could not be loaded yet. ${error.message}`);
      await new Promise((resolve) => setTimeout(resolve, 500 + backoffDelay(failures)));
      failures += 1;
    }
  }
}

async function loadOlder() {
  if (isLoadingOlder || !log.hasOlder) return;
  isLoadingOlder = true;
  change(() => {});
  const before = log.firstId;
  try {
    const page = await api.messagesBefore(roomId, before, OLDER_PAGE);
    isLoadingOlder = false;
    // The oldest messages may have been forgotten meanwhile: then this page does not fit any more.
    change(() => {
      if (log.firstId === before) view.addMessages(log.addOlder(page, OLDER_PAGE));
    });
    loadOlderWhenNear();
  } catch (error) {
    isLoadingOlder = false;
    change(() => {});
    if (!(error instanceof ApiError)) throw error;
    showNotice(`Older messages could not be loaded. ${error.message}`);
  }
}

function loadOlderWhenNear() {
  if (scroll.above < LOAD_OLDER_PX) loadOlder();
}

function scrolled() {
  if (scroll.isAtEnd) unseen = 0;
  showEdges();
  loadOlderWhenNear();
}

// --- writing ---

function send(text) {
  if (connection.state !== State.CONNECTED) {
    showNotice("There is no connection now. Your message is kept until it is back.");
    return false;
  }
  if (outbox.entries.filter((entry) => entry.state === SENDING).length >= MAX_SENDING) {
    showNotice("Your last messages are still being sent. Please wait a moment.");
    return false;
  }
  showNotice("");
  const entry = outbox.add(text);
  scroll.toEnd();
  change(() => pendingView.show(entry));
  connection.send({ action: "chat", payload: text, ref: entry.ref });
  return true;
}

function discard(entry) {
  outbox.remove(entry.ref);
  change(() => pendingView.remove(entry.ref));
  composer.focus();
}

// --- coming and going ---

function failed(error) {
  if (!(error instanceof ApiError)) throw error;
  if (error.status === 401) goToLogin();
  else showNotice(error.message);
}

function enter() {
  gate("", null);
  connection.start();
  composer.focus();
}

async function join() {
  element("join").disabled = true;
  try {
    await api.join(roomId);
    showNotice("");
    enter();
    showRooms(await api.rooms(), roomId);
  } catch (error) {
    failed(error);
  } finally {
    element("join").disabled = false;
  }
}

async function leave() {
  element("leave").disabled = true;
  try {
    await api.leave(roomId, user.username);
    connection.stop();
    connectionLine.show(State.NOT_A_MEMBER);
    gate("You left this room.", "join");
    element("join").focus();
    showRooms(await api.rooms(), roomId);
  } catch (error) {
    failed(error);
  } finally {
    element("leave").disabled = false;
  }
}

async function open() {
  gate("", null);
  composer.isVisible = false;
  try {
    const [me, rooms] = await Promise.all([api.me(), api.rooms()]);
    user = me;
    room = rooms.find((candidate) => candidate.id === roomId) ?? (await api.room(roomId));
    showAccount(user, showNotice);
    showRooms(rooms, roomId);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 401) goToLogin();
    else gate(error.message, "again");
    return;
  }
  if (!room) {
    connectionLine.show(State.NOT_FOUND);
    gate("There is no such room.", "home");
    return;
  }
  element("room-name").textContent = room.name;
  showTitle(room.name, unread);
  view = new MessageView({
    list: element("log"),
    messageTemplate: element("message-template"),
    lineTemplate: element("line-template"),
    username: user.username,
  });
  online = new RoomOnline({ roomId, username: user.username });
  if (room.is_member) {
    enter();
  } else {
    connectionLine.show(State.NOT_A_MEMBER);
    gate("Join this room to read and write here.", "join");
  }
}

element("join").addEventListener("click", join);
element("leave").addEventListener("click", leave);
element("again").addEventListener("click", open);
element("jump").addEventListener("click", () => {
  scroll.toEnd();
  scrolled();
  composer.focus();
});
element("notice-close").addEventListener("click", () => {
  showNotice("");
  composer.focus();
});
addEventListener("online", () => connection.wake());
addEventListener("offline", () => connection.check());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  unread = 0;
  if (room) showTitle(room.name, unread);
  connection.wake();
});

open();
