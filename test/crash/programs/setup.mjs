import { writeSync } from "node:fs";
import { open } from "holdfast";

/** What this process was started with. */
export const given = JSON.parse(process.argv[2]);

/** Prints a line. Not process.stdout: what it has buffered would die with the process, and with it the proof of what was promised. */
export function say(...words) {
  writeSync(1, `${words.join(" ")}\n`);
}

/** Opens the store that is to be worked on. */
export function openStore(options = {}) {
  return open(given.url, { driver: given.driver, sweep: false, ...options });
}
