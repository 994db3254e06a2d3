// Errors in words, code points, and the address to return to. Pure: no DOM, no network.

const FIELD_NAMES = new Map([
  ["payload", "Message"],
  ["username", "User name"],
  ["password", "Password"],
  ["name", "Name"],
]);

function slowDown(seconds) {
  const wait = Math.max(1, Math.ceil(seconds));
  return `Slow down: try again in ${wait === 1 ? "a second" : `${wait} seconds`}.`;
}

function oneError(error) {
  if (typeof error === "string") return error;
  if (error?.type === "rate_limited" && typeof error.retry_after === "number") return slowDown(error.retry_after);
  const message = String(error?.msg ?? "Something is wrong with this.");
  const field = Array.isArray(error?.loc) ? error.loc[error.loc.length - 1] : undefined;
  if (field === undefined) return message;
  return `${FIELD_NAMES.get(field) ?? field}: ${message}`;
}

/** `detail` of an error: a string, or a list of `{type, loc, msg}`; of one that came too often also `retry_after`. Returns
 * sentences. */
export function describeErrors(detail, fallback = "Something went wrong.") {
  if (typeof detail === "string" && detail !== "") return detail;
  if (Array.isArray(detail) && detail.length > 0) return detail.map(oneError).join("\n");
  return fallback;
}

/** The length that the server counts: code points, not UTF-16 units. */
export function codePoints(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Where to go after logging in: a path of this site, or the list of rooms. */
export function safeNext(next) {
  return typeof next === "string" && /^\/(?![/\\])/.test(next) && !/[\t\n\r]/.test(next) ? next : "/";
}

/** One or two letters for a user name. */
export function initials(name) {
  const parts = name.split(/[._-]+/).filter((part) => part !== "");
  if (parts.length === 0) return name.slice(0, 1).toUpperCase();
  const letters = parts.length > 1 ? parts[0][0] + parts[1][0] : parts[0].slice(0, 1);
  return letters.toUpperCase();
}

/** The same hue (0 to 359) for the same name, whatever its case. */
export function hueOf(name) {
  let hash = 2166136261;
  for (const character of name.toLowerCase()) {
    hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  }
  hash ^= hash >>> 15;
  return (hash >>> 0) % 360;
}
