import { ok } from "node:assert/strict";
import type { StoreFile } from "./subject.js";

/** Texts that occur nowhere else, one for each place that something is written to: what is found of them was kept. */
export class Canaries {
  /** Letters and digits, so that it may stand wherever a text or a name may. */
  readonly #mark: string = `canary${crypto.randomUUID().replaceAll("-", "")}`;
  readonly #places: string[] = [];

  /** The text of a place. */
  at(place: string): string {
    if (!this.#places.includes(place)) this.#places.push(place);
    return `${this.#mark}${String(this.#places.indexOf(place)).padStart(3, "0")}`;
  }

  /** So many bytes of nothing else, so that every part of it can be told. */
  filling(place: string, bytes: number): string {
    const text = this.at(place);
    return text.repeat(Math.ceil(bytes / text.length));
  }

  /** The places whose text is in these files, each with the files that have it. */
  foundIn(files: readonly StoreFile[]): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map<string, Set<string>>();
    for (const { name, bytes } of files) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let at = buffer.indexOf(this.#mark); at >= 0; at = buffer.indexOf(this.#mark, at + 1)) {
        const end = at + this.#mark.length;
        const place = this.#places[Number(buffer.toString("latin1", end, end + 3))] ?? "a fragment";
        found.set(place, (found.get(place) ?? new Set<string>()).add(name));
      }
    }
    return found;
  }
}

/** Asserts that nothing of it is left in these files. */
export function assertGone(canaries: Canaries, files: readonly StoreFile[]): void {
  const found = [...canaries.foundIn(files)].map(([place, names]) => `${place} (in ${[...names].join(", ")})`);
  ok(found.length === 0, `still in the files: ${found.join("; ")}`);
}

/** Asserts that the files can be searched: that they have these places, whatever else they have. */
export function assertThere(canaries: Canaries, files: readonly StoreFile[], places: readonly string[]): void {
  const found = canaries.foundIn(files);
  const missing = places.filter((place) => !found.has(place));
  ok(missing.length === 0, `not in the files, though it was written: ${missing.join(", ")}`);
}
