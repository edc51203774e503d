import { open } from "holdfast";
import type { OpenOptions } from "holdfast";
import { afterAll, describe, expect, it } from "vitest";
import { testRules } from "../conformance/kit.js";
import { hasPgBouncer, startPgBouncer, unlessPgBouncer } from "../support/pgbouncer.js";
import { freshDatabase } from "../support/postgres.js";

describe.runIf(hasPgBouncer)("behind PgBouncer in transaction mode", async () => {
  if (!hasPgBouncer) return;
  const database = await freshDatabase({ canCreateRoles: true });
  const bouncer = await startPgBouncer(database.ownerUrl);
  afterAll(async () => {
    await bouncer[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const urlWith = (parameters: Readonly<Record<string, string>>): string => {
    const url = new URL(bouncer.url);
    url.search = new URLSearchParams({ role: `${database.name}_app`, max: "4", ...parameters }).toString();
    return url.href;
  };

  testRules(
    {
      name: "postgres behind PgBouncer",
      durable: true,
      open: (options: OpenOptions, place) => {
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

describe.skipIf(hasPgBouncer)("behind PgBouncer in transaction mode", () => {
  it(`works without named statements${unlessPgBouncer}`, () => undefined);
});
