// Who is online in the room of the page: brings together when the page asks and what it shows.

import { api } from "./api.js";
import { OnlineView } from "./online_view.js";
import { State } from "./room_connection.js";
import { element } from "./room_page.js";
import { WhoIsOnline } from "./who_is_online.js";

/** States after which nothing is known of the room any more. */
const OUTSIDE = [State.IDLE, State.SIGNED_OUT, State.NOT_A_MEMBER, State.NOT_FOUND];

export class RoomOnline {
  #view;
  #who;

  constructor({ roomId, username }) {
    this.#view = new OnlineView({
      panel: element("online"),
      toggle: element("online-toggle"),
      announcement: element("online-announcement"),
      template: element("person-template"),
      username,
    });
    this.#who = new WhoIsOnline({ load: () => api.online(roomId), onChange: (answer) => this.#view.show(answer) });
    const look = () => {
      this.#who.isVisible = !document.hidden;
    };
    document.addEventListener("visibilitychange", look);
    look();
  }

  /** The connection is one of those that are online: not before its history is there. */
  start() {
    this.#who.start();
  }

  /** Somebody came or went. */
  changed() {
    this.#who.changed();
  }

  connectionChanged(state) {
    if (state === State.CONNECTED) return;
    this.#who.stop();
    if (OUTSIDE.includes(state)) this.#view.clear();
    else this.#view.markStale();
  }
}
