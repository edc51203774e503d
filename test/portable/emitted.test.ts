import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { open } from "holdfast";
import type { OpenOptions } from "holdfast";
import { postgres } from "holdfast/postgres";
import { Client } from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { joinedRules, schemaOf, testRules } from "../conformance/kit.js";
import { joinedStore } from "../support/joined-store.js";
import { openPool } from "../support/pool.js";
import { freshDatabase } from "../support/postgres.js";
import { recordingCallers, recordingPool, RecordedStatements } from "../support/recording-pool.js";
import { brokenIn, exceptions } from "./exceptions.js";
import { groups, isWhole } from "./extent.js";
import { tablesMadeBy } from "./tables.js";

// Every statement goes through a pool that records it. Then all of them are held against the rules.
const database = await freshDatabase({ canCreateRoles: true });
const pool = openPool({ connectionString: database.ownerUrl, max: 4, pipeline: true });
const callers = openPool({ connectionString: database.ownerUrl, max: 4 });
const role = `${database.name}_app`;
const recorded = new RecordedStatements();

function openStore(options: OpenOptions, place: string) {
  const source = postgres({ pool: recordingPool(pool, recorded), schema: schemaOf(place), role });
  return open(source, { migrate: true, ...options });
}

afterAll(async () => {
  await pool.end();
  await callers.end();
  await database[Symbol.asyncDispose]();
});

const subject = { name: "recorded", durable: true, open: openStore };
testRules(subject, "plain", groups);
if (isWhole) testRules(subject, "batched", groups);
testRules(
  {
    ...subject,
    name: "recorded, joined",
    open: async (options, place) => joinedStore(await openStore(options, place), recordingCallers(callers, recorded)),
  },
  "plain",
  groups ?? joinedRules.groups,
  joinedRules.without,
);

describe("what the kit does not bring about", () => {
  const damages = [
    "DELETE FROM threads",
    "DELETE FROM counters",
    "UPDATE logs SET head = 1",
    "INSERT INTO log_entries SELECT tenant_id, thread_id, 1, recorded_at, event FROM log_entries WHERE ordinal = 2",
  ];

  it.each(damages)("a store is mended: %s", async (damage) => {
    const place = crypto.randomUUID();
    await using db = await openStore({ sweep: false }, place);
    const tenant = db.tenant("t");
    await tenant.messages.createThread({ id: "thread", userId: "ann" });
    await tenant.messages.createMessage({ threadId: "thread", role: "user" });
    await tenant.log.append("log", [{ kind: "note" }, { kind: "note" }]);
    await tenant.log.archiveBefore("log", 1);
    const superuser = new Client(database.superuserUrl);
    await superuser.connect();
    await superuser.query(`SET search_path = ${schemaOf(place)}`);
    await superuser.query(damage);
    await superuser.end();
    expect((await db.doctor({ fix: true })).findings).toEqual([expect.objectContaining({ fixed: true })]);
    expect((await db.doctor()).findings).toEqual([]);
  });

  it("a write adds an entry, changes one and deletes one", async () => {
    await using db = await openStore({ sweep: false }, crypto.randomUUID());
    const tenant = db.tenant("t");
    await tenant.kv.put([], "gone", 1);
    await tenant.write((w) => {
      w.kv.put([], "there", 1);
      w.kv.delete([], "gone");
    });
    expect((await tenant.kv.list([])).items).toHaveLength(1);
  });

  it("a write changes two logs", async () => {
    await using db = await openStore({ sweep: false }, crypto.randomUUID());
    const tenant = db.tenant("t");
    const append = () =>
      tenant.write((w) => {
        w.log.append("one", [{ kind: "note" }]);
        w.log.append("two", [{ kind: "note" }]);
      });
    await append();
    await append();
    expect(await tenant.log.head("two")).toMatchObject({ head: 2 });
  });
});

describe("the statements", () => {
  it("keep the rules, but for exceptions", () => {
    expect(recorded.texts.length).toBeGreaterThan(100);
    expect(allBroken().filter(({ exception }) => exception === undefined)).toEqual([]);
  });

  it.runIf(isWhole)("need every exception", () => {
    const used = new Set(allBroken().map(({ exception }) => exception));
    expect(exceptions.filter((each) => !used.has(each))).toEqual([]);
  });

  it.runIf(isWhole)("are all that there are in the engine", () => {
    const known = recorded.texts.map(comparable);
    const missing = sqlIn("src/backends/postgres").filter((text) => !known.some((each) => each.includes(text)));
    expect(missing).toEqual([]);
  });
});

function allBroken(): ReturnType<typeof brokenIn> {
  const made = recorded.texts.filter((text) => text.startsWith("CREATE TABLE"));
  return brokenIn(recorded.texts, tablesMadeBy(made));
}

/** The fixed parts of all SQL in the files of a folder that is about tables of tenants. */
function sqlIn(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const source = readFileSync(path.join(folder, name), "utf8");
    return [...source.matchAll(/`((?:[^`\\]|\\.)*)`|"((?:[^"\\\n]|\\.)*)"/g)]
      .map(([, template, text]) => template ?? text ?? "")
      .filter((text) => /\b(SELECT|INSERT|UPDATE|DELETE)\b/.test(text) && /@\w|tenant_id = \$1/.test(text))
      .flatMap((text) => text.replaceAll(/@(?=[a-z_])/g, '"store".').split(/@?\$\{(?:[^{}]|\{[^{}]*\})*\}/))
      .map((text) => comparable(text.replaceAll("\\\\", "\\")).trim())
      .filter((text) => text.length > 12);
  });
}

function comparable(text: string): string {
  return text.replaceAll(/\$\d+/g, "$").replaceAll(/\s+/g, " ");
}
