import { open } from "holdfast";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testRules } from "../conformance/kit.js";
import { hasPgBouncer, startPgBouncer, unlessPgBouncer } from "../support/pgbouncer.js";
import type { PgBouncer } from "../support/pgbouncer.js";
import { freshDatabase } from "../support/postgres.js";
import type { FreshDatabase } from "../support/postgres.js";

let database: FreshDatabase;
let bouncer: PgBouncer;

describe.skipIf(!hasPgBouncer)(`behind PgBouncer in transaction mode${unlessPgBouncer}`, () => {
  beforeAll(async () => {
    database = await freshDatabase({ canCreateRoles: true });
    bouncer = await startPgBouncer(database.ownerUrl);
  });

  afterAll(async () => {
    await bouncer[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  testRules(
    {
      name: "postgres behind PgBouncer",
      durable: true,
      open: (options, place) => {
        const schema = `place_${place.replaceAll("-", "").slice(0, 50)}`;
        return open(urlWith({ schema, prepare: "false" }), { migrate: true, ...options });
      },
    },
    "plain",
    ["messages", "kv", "log", "write", "operations", "attack"],
  );

  it("named statements fail there, with an error that names the option", async () => {
    await (await open(urlWith({ prepare: "false" }), { migrate: true, sweep: false })).close();
    const failures = await Promise.all(Array.from({ length: 4 }, () => failureOf(urlWith({}))));
    expect(failures.find((failure) => failure !== undefined)).toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("prepare=false"),
    });
  });
});

function urlWith(parameters: Readonly<Record<string, string>>): string {
  const url = new URL(bouncer.url);
  url.search = new URLSearchParams({ role: `${database.name}_app`, max: "4", ...parameters }).toString();
  return url.href;
}

/** What fails first of writes with named statements; `undefined` where each got the connection that knows them. */
async function failureOf(url: string): Promise<unknown> {
  try {
    await using db = await open(url, { sweep: false });
    for (let index = 0; index < 20; index++) await db.tenant("acme").kv.put([], `k${index}`, index);
    return undefined;
  } catch (error) {
    return error;
  }
}
