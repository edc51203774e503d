import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { fileError } from "./file-error.js";
import { syncFolderOf } from "./sync-folder.js";

/** Takes a line to be written. */
export type WriteLine = (line: string) => Promise<void>;

/**
 * Writes lines to a file, which appears under its name once it is whole and on disk; one that was there is replaced then.
 * Where `work` fails, nothing is left behind.
 */
export async function writeLinesToFile<T>(file: string, work: (write: WriteLine) => Promise<T>): Promise<T> {
  const aside = `${file}.${randomUUID().slice(0, 8)}.part`;
  try {
    const result = await writeAside(aside, work);
    await rename(aside, file);
    await syncFolderOf(file);
    return result;
  } catch (error) {
    await rm(aside, { force: true });
    throw isOfFileSystem(error) ? fileError(`cannot write ${JSON.stringify(file)}`, error) : error;
  }
}

const chunkLength = 256 * 1024;

async function writeAside<T>(aside: string, work: (write: WriteLine) => Promise<T>): Promise<T> {
  await using handle: FileHandle = await open(aside, "wx");
  const lines: string[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    await handle.appendFile(lines.splice(0).join(""));
    length = 0;
  };
  const result = await work(async (line) => {
    lines.push(`${line}\n`);
    length += line.length;
    if (length > chunkLength) await flush();
  });
  await flush();
  await handle.sync();
  return result;
}

function isOfFileSystem(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
