// The parts of a page that show who is logged in.

import { api, goToLogin } from "./api.js";
import { hueOf, initials } from "./words.js";

/** Makes `avatar` the avatar of this user. */
export function paintAvatar(avatar, username) {
  avatar.textContent = initials(username);
  avatar.style.setProperty("--hue", hueOf(username));
}

/** Fills in the account corner; `onError(words)` hears of a logout that failed. */
export function showAccount(user, onError) {
  document.getElementById("me").textContent = user.username;
  paintAvatar(document.getElementById("avatar"), user.username);
  const ends = (id, logout) => document.getElementById(id)?.addEventListener("click", async (event) => {
    event.target.disabled = true;
    try {
      await logout();
      location.assign("/login");
    } catch (error) {
      event.target.disabled = false;
      if (error.status === 401) goToLogin();
      else onError(error.message);
    }
  });
  ends("logout", api.logout);
  ends("logout-everywhere", api.logoutEverywhere);
}
