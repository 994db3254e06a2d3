// Log in and register on one page.

import { ApiError, api } from "./api.js";
import { safeNext } from "./words.js";

const element = (id) => document.getElementById(id);
const form = element("form");
const next = safeNext(new URLSearchParams(location.search).get("next"));

let registering = false;

function showMode() {
  element("title").textContent = registering ? "Create an account" : "Welcome back";
  element("subtitle").textContent = registering
    ? "A name and a password, and you are in."
    : "Log in to go on where you left off.";
  element("submit").textContent = registering ? "Create account" : "Log in";
  element("switch-question").textContent = registering ? "Have an account already?" : "New here?";
  element("switch").textContent = registering ? "Log in" : "Create an account";
  element("hint").hidden = !registering;
  element("password").autocomplete = registering ? "new-password" : "current-password";
  document.title = `${registering ? "Create an account" : "Log in"} · Chanx Chat`;
  showError("");
}

function showError(words) {
  element("error").textContent = words;
  element("error").hidden = words === "";
}

element("switch").addEventListener("click", () => {
  registering = !registering;
  showMode();
  element("username").focus();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  showError("");
  element("submit").disabled = true;
  try {
    const enter = registering ? api.register : api.login;
    await enter(element("username").value.trim(), element("password").value);
    location.replace(next);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    showError(error.message);
    element("password").focus();
  } finally {
    element("submit").disabled = false;
  }
});

// Whoever is logged in already goes straight on.
api.me().then(
  () => location.replace(next),
  () => {},
);
