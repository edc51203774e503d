import { open } from "holdfast";
import type { Holdfast, OpenOptions } from "holdfast";
import { freshDatabase } from "./postgres.js";
import { sqliteDriver } from "./sqlite-driver.js";
import { temporaryFile } from "./temporary-file.js";

/** A store for one test, empty when it is opened. Disposing of it closes it and removes its file. */
export interface TemporaryStore extends AsyncDisposable {
  readonly db: Holdfast;
}

/** A kind of store that tests run on. */
export interface Engine {
  readonly name: string;
  openTemporary(options?: OpenOptions): Promise<TemporaryStore>;
}

const memory: Engine = {
  name: "memory",
  async openTemporary(options = {}) {
    const db = await open("memory:", options);
    return { db, [Symbol.asyncDispose]: () => db.close() };
  },
};

const sqlite: Engine = {
  name: "sqlite",
  async openTemporary(options = {}) {
    const file = await temporaryFile();
    const db = await open(file.url, { ...sqliteDriver, ...options });
    return {
      db,
      async [Symbol.asyncDispose]() {
        try {
          await db.close();
        } finally {
          await file[Symbol.asyncDispose]();
        }
      },
    };
  },
};

const postgres: Engine = {
  name: "postgres",
  async openTemporary(options = {}) {
    const database = await freshDatabase({ canCreateRoles: true });
    try {
      const db = await open(`${database.ownerUrl}?role=${database.name}_app`, { migrate: true, ...options });
      return {
        db,
        async [Symbol.asyncDispose]() {
          try {
            await db.close();
          } finally {
            await database[Symbol.asyncDispose]();
          }
        },
      };
    } catch (error) {
      await database[Symbol.asyncDispose]();
      throw error;
    }
  },
};

/** Those that keep what they are given. */
export const durableEngines: readonly Engine[] = [sqlite, postgres];

export const engines: readonly Engine[] = [memory, ...durableEngines];
