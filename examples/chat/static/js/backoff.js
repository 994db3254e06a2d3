// Exponential backoff with full jitter, so that a thousand pages do not come back in the same second.

export const FIRST_CEILING_MS = 1_000;
export const LAST_CEILING_MS = 30_000;

/** The wait before attempt number `attempt` (0 is the first retry), in milliseconds. `random` is in [0, 1). */
export function backoffDelay(attempt, random = Math.random) {
  const ceiling = Math.min(LAST_CEILING_MS, FIRST_CEILING_MS * 2 ** Math.min(attempt, 20));
  return Math.round(random() * ceiling);
}
