import type { NewId } from "../contract/index.js";

/**
 * Makes an id maker for `open(url, { newId })` that gives `id-1`, `id-2` and so on, so that a test knows its ids.
 *
 * It counts for itself: give one maker to one store, and two stores that see the same calls make the same ids.
 */
export function sequentialIds(prefix: string = "id"): NewId {
  let made = 0;
  return () => `${prefix}-${(made += 1)}`;
}
