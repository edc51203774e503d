import { randomBytes } from "node:crypto";
import { link, open, readFile, rm, writeFile } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { HoldfastError } from "../contract/index.js";
import type { ErasureReceipt } from "../contract/index.js";
import type { NewErasure } from "./backend.js";
import { subjectHash } from "./subject-hash.js";

/** A line of the file. */
interface ErasureLine {
  readonly at: number;
  readonly kind: ErasureReceipt["kind"];
  /** Absent where the tenant is what was erased. */
  readonly tenant?: string;
  readonly subject: string;
}

/**
 * The file outside of the store that erasures are noted in. Neither it nor the store holds the key of its hashes, so that
 * whoever gets hold of both cannot look up who was erased.
 */
export class ErasuresFile {
  readonly #path: string;
  readonly #givenKey: string | undefined;
  #key: Promise<string> | undefined;

  constructor(path: string, key: string | undefined) {
    this.#path = path;
    this.#givenKey = key;
  }

  /** Resolves once the line is on the disk. `UNAVAILABLE` where it cannot be written: then nothing must be erased. */
  async note({ kind, tenantId, subjectId, now }: NewErasure): Promise<void> {
    try {
      this.#key ??= this.#givenKey === undefined ? keyIn(`${this.#path}.key`) : Promise.resolve(this.#givenKey);
      const key = await this.#key;
      const isTenant = kind === "tenant";
      const subject = isTenant ? subjectHash(key, kind, tenantId) : subjectHash(key, kind, tenantId, subjectId);
      await append(this.#path, { at: now, kind, ...(!isTenant && { tenant: tenantId }), subject });
    } catch (cause) {
      this.#key = undefined;
      throw new HoldfastError(
        "UNAVAILABLE",
        `The erasure was not begun: it cannot be noted in ${JSON.stringify(this.#path)}. Make that file and its key readable and writable for this process. ${reasonOf(cause)}`,
        { cause, retryable: false, outcome: "none", details: { path: "options.erasures" } },
      );
    }
  }
}

async function append(path: string, line: ErasureLine): Promise<void> {
  const file = await open(path, "a+", 0o600);
  try {
    // A line that was cut off, by a crash or a full disk, must not take this one with it.
    const beforeIt = (await endsInLine(file)) ? "\n" : "";
    await file.appendFile(`${beforeIt}${JSON.stringify(line)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whether the last line of the file has no end. */
async function endsInLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read({ buffer: Buffer.alloc(1), position: size - 1 });
  return buffer.toString() !== "\n";
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** The key in a file, which is made where there is none: aside, so that nobody ever reads a half of it. */
async function keyIn(path: string): Promise<string> {
  const made = randomBytes(32).toString("hex");
  const aside = `${path}.${made.slice(0, 8)}`;
  try {
    await writeFile(aside, `${made}\n`, { flag: "wx", mode: 0o600, flush: true });
    await link(aside, path);
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(aside, { force: true });
  }
  const key = (await readFile(path, "utf8")).trim();
  if (key === "")
    throw new Error(
      `${path} is empty: remove it, and the next erasure makes a new key. Erasures that were noted before cannot be matched without their key.`,
    );
  return key;
}
