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
    const stores = await Promise.all(
      Array.from({ length: 4 }, () =>
        open(urlWith({}), { migrate: true, sweep: false }).catch((error: unknown) => error),
      ),
    );
    const outcomes = await Promise.all(
      stores.map(async (db) => {
        if (db instanceof Error) return db;
        const tenant = db.tenant("acme");
        const puts = Array.from({ length: 20 }, (_, index) => tenant.kv.put([], `k${index}`, index));
        const [failed] = (await Promise.allSettled(puts)).filter(({ status }) => status === "rejected");
        await db.close();
        return failed?.reason as unknown;
      }),
    );
    const failure = outcomes.find((outcome) => outcome !== undefined);
    expect(failure).toMatchObject({ code: "UNSUPPORTED", message: expect.stringContaining("prepare=false") });
  });
});

describe.skipIf(hasPgBouncer)("behind PgBouncer in transaction mode", () => {
  it(`works without named statements${unlessPgBouncer}`, () => undefined);
});
