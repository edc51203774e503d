import { equal, match, ok, throws } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { open } from "holdfast";
import { Client } from "pg";
import { afterAll, expect, test } from "vitest";
import { readOptions } from "../../bench/load/options.js";
import { freshDatabase } from "../support/postgres.js";
import type { FreshDatabase } from "../support/postgres.js";
import { temporaryFile } from "../support/temporary-file.js";

const timeoutMs = 180_000;
const program = fileURLToPath(new URL("../../scripts/load.mjs", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "holdfast-load-"));
afterAll(() => rmSync(folder, { recursive: true }));

test(
  "A tenth of a load loses, doubles, reorders and crosses nothing on Postgres",
  { timeout: timeoutMs },
  async ({ signal }) => {
    await using database = await freshDatabase({ canCreateRoles: true });
    const [svg, json] = ["plot.svg", "numbers.json"].map((name) => path.join(folder, name)) as [string, string];
    const words = ["--tenants", "100", "--minutes", "0.33", "--rate", "60", "--svg", svg, "--json", json];
    const { code, output } = await load(signal, ["--store", storeUrl(database), ...words]);
    equal(code, 0, output);
    match(output, /^Nothing was lost, doubled, reordered or crossed between tenants/m);
    const { kinds, found } = JSON.parse(readFileSync(json, "utf8")) as {
      kinds: { kind: string; calls: number }[];
      found: [];
    };
    equal(found.length, 0);
    const made = Object.fromEntries(kinds.map(({ kind, calls }) => [kind, calls]));
    for (const kind of ["turn", "context", "tail", "append", "sweep", "delivery"]) ok((made[kind] ?? 0) > 0, kind);
    match(readFileSync(svg, "utf8"), /^<svg [^]*delivery[^]*<\/svg>\n$/);
    // What it wrote to a store that is not its own, it takes away again.
    await using db = await open(storeUrl(database), { sweep: false });
    const { threads, messages, kvEntries, logEntries, archivedLogEntries } = await db.stats();
    expect({ threads, messages, kvEntries, logEntries, archivedLogEntries }).toEqual({
      threads: 0,
      messages: 0,
      kvEntries: 0,
      logEntries: 0,
      archivedLogEntries: 0,
    });
  },
);

test("A Postgres that loses messages is found out", { timeout: timeoutMs }, async ({ signal }) => {
  await using database = await freshDatabase({ canCreateRoles: true });
  await (await open(storeUrl(database), { migrate: true, sweep: false })).close();
  await execute(database.superuserUrl, [
    "CREATE SEQUENCE public.inserted",
    "GRANT USAGE ON SEQUENCE public.inserted TO PUBLIC",
    `CREATE FUNCTION public.lose() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN IF nextval('public.inserted') % 20 = 0 THEN RETURN NULL; END IF; RETURN NEW; END $$`,
    "CREATE TRIGGER lose BEFORE INSERT ON holdfast.messages FOR EACH ROW EXECUTE FUNCTION public.lose()",
  ]);
  const { code, output } = await load(signal, ["--store", storeUrl(database), "--tenants", "3", "--minutes", "0.05"]);
  equal(code, 1, output);
  match(
    output,
    /^lost: load .*, tenant \d, conversation of .*: messages of write \d+ of process \d, 1 of 2 are there$/m,
  );
});

test("It works on a SQLite file, too", { timeout: timeoutMs }, async ({ signal }) => {
  await using file = await temporaryFile();
  const { code, output } = await load(signal, [
    "--store",
    file.url,
    "--tenants",
    "5",
    "--minutes",
    "0.05",
    "--processes",
    "3",
  ]);
  equal(code, 0, output);
  match(output, /by 3 processes/);
});

test("A bad option is refused, with the usage", { timeout: timeoutMs }, async ({ signal }) => {
  const { code, output } = await load(signal, ["--tenants", "0"]);
  equal(code, 2);
  match(output, /^--tenants must be an integer from 1; got 0\.\n\nnpm run load --/);
});

test.each([
  [["--bogus"], /^Unknown option '--bogus'/],
  [["more"], /^Unexpected argument 'more'/],
  [["--tenants", "1e99"], /^--tenants must be an integer from 1; got 1e99\.$/],
  [["--rate", "-5"], /^--rate must be a number above 0; got -5\.$/],
  [["--minutes", "soon"], /^--minutes must be a number above 0; got soon\.$/],
  [["--processes", "1.5"], /^--processes must be an integer from 1; got 1\.5\.$/],
  [["--seed", ""], /^--seed must be an integer from 0; got \.$/],
  [["--store", "here"], /^--store must be the URL of a Postgres or of a SQLite file/],
  [["--store", "memory:"], /^--store must be the URL of a Postgres or of a SQLite file/],
])("%j is refused", (words, message) => {
  throws(() => readOptions(words), { message });
});

function storeUrl({ ownerUrl, name }: FreshDatabase): string {
  return `${ownerUrl}?role=${name}_app&max=4`;
}

async function load(signal: AbortSignal, words: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    signal,
  });
  const [[code], ...outputs] = await Promise.all([
    once(child, "close") as Promise<[number | null]>,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { code, output: outputs.join("") };
}

async function execute(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
