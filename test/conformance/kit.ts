import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { open } from "holdfast";
import type { OpenOptions } from "holdfast";
import { RuleRunner, groupOf, rules } from "holdfast/conformance";
import type { Mode, Rule, Subject } from "holdfast/conformance";
import { postgres as postgresStore } from "holdfast/postgres";
import postgresPool from "postgres";
import { afterAll, describe, it } from "vitest";
import { storeFiles } from "../../dist/cli/store-files.js";
import { joinedStore } from "../support/joined-store.js";
import { openPglite } from "../support/pglite.js";
import { freshDatabase } from "../support/postgres.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { openPool } from "../support/pool.js";

export const memory: Subject = { name: "memory", durable: false, open: (options) => open("memory:", options) };

/** Stores in a folder that is removed after the tests of this file; with their cold tier inside of them, or in a directory. */
export function sqlite(cold: "inside" | "directory" = "inside"): Subject {
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-kit-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const files = storeFiles(folder);
  const archive = (place: string): OpenOptions =>
    cold === "inside" ? {} : { archive: `dir:${path.join(folder, `${place}.cold`)}` };
  return {
    name: cold === "inside" ? "sqlite" : "sqlite with a cold directory",
    durable: true,
    open: (options, place) => open(`sqlite:${files.pathOf(place)}`, { ...sqliteDriver, ...archive(place), ...options }),
    files,
  };
}

/** Stores in a database that is dropped after the tests of this file, each in a schema of its own; with a cold tier as above. */
export async function postgres(cold: "inside" | "directory" = "inside"): Promise<Subject & { readonly url: string }> {
  const database = await freshDatabase({ canCreateRoles: true });
  afterAll(() => database[Symbol.asyncDispose]());
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-kit-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const archive = cold === "inside" ? {} : { archive: `dir:${folder}` };
  return {
    url: database.ownerUrl,
    name: cold === "inside" ? "postgres" : "postgres with a cold directory",
    durable: true,
    open: (options, place) => {
      const url = new URL(database.ownerUrl);
      url.search = new URLSearchParams({ schema: schemaOf(place), role: `${database.name}_app`, max: "4" }).toString();
      return open(url.href, { migrate: true, ...archive, ...options });
    },
  };
}

/** The same through a pool of postgres.js. */
export async function postgresJs(): Promise<Subject> {
  const database = await freshDatabase({ canCreateRoles: true });
  const pool = postgresPool(database.ownerUrl, { max: 4, onnotice: () => {} });
  afterAll(async () => {
    await pool.end();
    await database[Symbol.asyncDispose]();
  });
  return {
    name: "postgres.js",
    durable: true,
    open: (options, place) => {
      const source = postgresStore({ pool, schema: schemaOf(place), role: `${database.name}_app` });
      return open(source, { migrate: true, ...options });
    },
  };
}

/** The same where every call joins a transaction that was open before. */
export async function postgresJoined(): Promise<Subject> {
  const subject = await postgres();
  const pool = openPool({ connectionString: subject.url, max: 4 });
  afterAll(() => pool.end());
  return {
    name: "postgres, joined",
    durable: true,
    open: async (options, place) => joinedStore(await subject.open(options, place), pool),
  };
}

/** Stores in a PGlite, each in a schema of its own. */
export async function pglite(): Promise<Subject> {
  const pool = await openPglite();
  return {
    name: "pglite",
    durable: true,
    open: (options, place) => open(postgresStore({ pool, schema: schemaOf(place) }), { migrate: true, ...options }),
  };
}

/** A name that fits: places are longer, and have characters that a schema has not. */
function schemaOf(place: string): string {
  return `place_${createHash("sha256").update(place).digest("hex").slice(0, 24)}`;
}

/** Makes every rule that the subject can show, and that is of one of these groups, a test; but for some by their ids. */
export function testRules(
  subject: Subject,
  mode: Mode,
  groups?: readonly string[],
  without: readonly string[] = [],
): void {
  describe(`${subject.name}, ${mode}`, () => {
    const isOf = (rule: Rule): boolean => (groups?.includes(groupOf(rule)) ?? true) && !without.includes(rule.id);
    const runner = new RuleRunner(subject, mode, 25_000);
    afterAll(() => runner.end());
    // Not a skip: what needs a durable store is no promise of one that is not.
    for (const rule of rules.filter((each) => runner.applies(each) && isOf(each))) {
      it(`${rule.id}: ${rule.says}`, () => runner.run(rule));
    }
  });
}
