import { open } from "holdfast";
import type { Holdfast, LogEntry } from "holdfast";
import { postgres } from "holdfast/postgres";
import { afterAll, beforeAll, expect, it } from "vitest";
import { faultProxy } from "../support/fault-proxy.js";
import { openPool } from "../support/pool.js";
import { freshDatabase } from "../support/postgres.js";
import type { FreshDatabase } from "../support/postgres.js";
import { RecordedStatements, recordingPool } from "../support/recording-pool.js";

class CountedStatements extends RecordedStatements {
  heads = 0;
  pages = 0;

  override add(text: string): void {
    if (text.includes("is_erased")) this.heads += 1;
    if (/log_entries|log_blocks/.test(text)) this.pages += 1;
  }
}

let database: FreshDatabase;
let writer: Holdfast;

beforeAll(async () => {
  database = await freshDatabase({ canCreateRoles: true });
  writer = await open(url(), { migrate: true });
});

afterAll(async () => {
  await writer.close();
  await database[Symbol.asyncDispose]();
});

const role = (): string => `${database.name}_app`;
const url = (): string => `${database.ownerUrl}?role=${role()}`;

/** The next entry of each. */
async function nextOf(tails: readonly AsyncIterator<LogEntry>[]): Promise<readonly number[]> {
  const steps = await Promise.all(tails.map((tail) => tail.next()));
  return steps.map(({ value }) => (value as LogEntry).ordinal);
}

it("asks for each log once in a look, however many tail it, and reads for those that have something to read", async () => {
  const statements = new CountedStatements();
  const pool = openPool({ connectionString: database.ownerUrl, max: 4, pipeline: true });
  const db = await open(postgres({ pool: recordingPool(pool, statements), role: role() }));
  const logs = ["a", "b", "c"];
  const append = (log: string) => writer.tenant("acme").log.append(log, [{ kind: "note" }]);
  for (const log of logs) await append(log);
  const tails = logs.map((log) => Array.from({ length: 200 }, () => db.tenant("acme").log.tail(log)));
  for (const each of tails) await nextOf(each);
  const ofA = nextOf(tails[0]!);
  const ofB = nextOf(tails[1]!);
  await new Promise(setImmediate);
  [statements.heads, statements.pages] = [0, 0];
  await append("a");
  expect(new Set(await ofA)).toEqual(new Set([2]));
  expect(statements.pages).toBeGreaterThan(0);
  expect(statements.pages).toBeLessThan(20);
  expect(statements.heads).toBeLessThan(200);
  await append("b");
  expect(new Set(await ofB)).toEqual(new Set([2]));
  for (const tail of tails.flat()) await tail.return?.();
  await db.close();
  await pool.end();
});

it("goes on with tails that wait when the server was away", async () => {
  await using proxy = await faultProxy(database.ownerUrl);
  await using db = await open(`${proxy.url}?role=${role()}`);
  const append = () => writer.tenant("away").log.append("t", [{ kind: "note" }]);
  await append();
  const tail = db.tenant("away").log.tail("t");
  expect((await tail.next()).value).toMatchObject({ ordinal: 1 });
  const next = tail.next();
  // Nobody listens there: every look fails until the server is back.
  const failed = new Promise<void>((resolve) => {
    let left = 3;
    proxy.injectAnywhere(() => {
      if (--left === 0) resolve();
      return { kind: "cut", arrive: () => 0 };
    });
  });
  proxy.moveTo(database.ownerUrl);
  await failed;
  proxy.injectAnywhere();
  await append();
  expect((await next).value).toMatchObject({ ordinal: 2 });
  await tail.return?.();
});
