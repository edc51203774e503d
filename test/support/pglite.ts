import { PGlite } from "@electric-sql/pglite";
import { afterAll } from "vitest";

/**
 * A Postgres inside of this process, in memory, for the tests of one file: await it at the top of the file. It is closed
 * after the last of them. It has one connection, which is a superuser's.
 */
export async function openPglite(): Promise<PGlite> {
  const pglite = await PGlite.create();
  afterAll(() => pglite.close());
  return pglite;
}
