import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { HoldfastError } from "../contract/index.js";

/** An entry of a block: its ordinal, when it was recorded, and the JSON text of its event. */
export type BlockEntry = readonly [ordinal: number, recordedAt: number, event: string];

export interface Block {
  readonly codec: number;
  readonly body: Uint8Array;
}

/** How a block's body is to be read. Tags are never reused. */
const brotliJson = 1;

/** Entries of one log in a block at most. */
export const entriesPerBlock = 500;

/** Compresses the entries from `first` to `last`, all of which must be there, and looks whether they come back. */
export function pack(entries: readonly BlockEntry[], first: number, last: number): Block {
  if (entries.length !== last - first + 1 || entries[0]?.[0] !== first || entries.at(-1)?.[0] !== last) {
    throw damagedBlock(`should hold the entries from ${first} to ${last}, but some are missing`);
  }
  const text = JSON.stringify(entries);
  const body = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
  if (brotliDecompressSync(body).toString() !== text) throw damagedBlock("does not come back as it was compressed");
  return { codec: brotliJson, body: Uint8Array.from(body) };
}

export function unpack(codec: number, body: Uint8Array): readonly BlockEntry[] {
  if (codec !== brotliJson) {
    throw new HoldfastError(
      "UNSUPPORTED",
      `An archived block has codec ${codec}, which this release does not know. Use the release that wrote it, or a newer one.`,
    );
  }
  try {
    return JSON.parse(brotliDecompressSync(body).toString()) as readonly BlockEntry[];
  } catch (cause) {
    throw damagedBlock("cannot be read", cause);
  }
}

export function damagedBlock(what: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    "INTERNAL",
    `A block of archived log entries ${what}: the store is damaged. Restore a backup.`,
    { cause },
  );
}
