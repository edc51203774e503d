import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "holdfast";
import { freshDatabase, setForAll } from "../support/postgres.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";

/** A store that several processes open, and a folder for what they note. */
export interface SharedStore extends AsyncDisposable {
  readonly url: string;
  readonly options: object;
  readonly folder: string;
}

export async function sharedFile(): Promise<SharedStore> {
  const file = await temporaryFile();
  const folder = notesFolder();
  return {
    url: file.url,
    options: sqliteDriver,
    folder,
    async [Symbol.asyncDispose]() {
      await file[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

/** With `isSerializable`, transactions of the database are, unless they say otherwise. */
export async function sharedDatabase({
  isSerializable = false,
}: { isSerializable?: boolean } = {}): Promise<SharedStore> {
  const database = await freshDatabase({ canCreateRoles: true });
  if (isSerializable) await setForAll(database, "default_transaction_isolation", "serializable");
  const folder = notesFolder();
  const url = `${database.ownerUrl}?role=${database.name}_app&max=4`;
  await (await open(url, { migrate: true, sweep: false })).close();
  return {
    url,
    options: {},
    folder,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

function notesFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "holdfast-notes-"));
}
