import { existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import type { TestProject } from "vitest/node";
import { testPostgres } from "../scripts/postgres-server.mjs";
import type { PostgresServer } from "../scripts/postgres-server.mjs";

declare module "vitest" {
  export interface ProvidedContext {
    /** The server for the tests, as its superuser; or why there is none. */
    readonly postgres: { readonly url: string } | { readonly missing: string };
  }
}

// The write-ahead log alone can take a gigabyte.
const neededBytes = 2 * 1024 ** 3;

/** Starts one Postgres for the whole run. Where that fails, only the tests that ask for it fail. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let server: PostgresServer | undefined;
  try {
    server = await testPostgres({ dataIn: memoryFolder() });
    project.provide("postgres", { url: server.url });
  } catch (error) {
    project.provide("postgres", { missing: String(error) });
  }
  return async () => server?.stop();
}

/** Linux's file system in memory, where a database is made in 15 ms; on a disk, its 300 files can take half a second. */
function memoryFolder(): string {
  const folder = "/dev/shm";
  if (!existsSync(folder)) return tmpdir();
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > neededBytes ? folder : tmpdir();
}
