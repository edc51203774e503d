import postgresJs from "postgres";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { PostgresJsDriver } from "../../dist/backends/postgres/driver-postgres-js.js";
import type { Session } from "../../dist/backends/postgres/driver.js";
import { faultProxy, reset } from "../support/fault-proxy.js";
import { freshDatabase } from "../support/postgres.js";

const database = await freshDatabase();
afterAll(() => database[Symbol.asyncDispose]());

/** A driver on a pool of so many connections, which ends with the test. */
function driverOn(url: string, max: number, options: object = {}): PostgresJsDriver {
  const sql = postgresJs(url, { max, onnotice: () => {}, ...options });
  onTestFinished(() => sql.end({ timeout: 0 }));
  return new PostgresJsDriver(sql, true);
}

function pidOf(session: Session): Promise<unknown> {
  return session.send([{ sql: "SELECT pg_backend_pid()", values: [] }]).then(([result]) => result?.rows[0]?.[0]);
}

/** Uses so many connections at once. */
async function useAll(driver: PostgresJsDriver, count: number): Promise<readonly unknown[]> {
  let arrived = 0;
  let tellAll = (): void => {};
  const all = new Promise<void>((resolve) => {
    tellAll = resolve;
  });
  const uses = Array.from({ length: count }, () =>
    driver.use(async (session) => {
      const pid = await pidOf(session);
      arrived += 1;
      if (arrived === count) tellAll();
      await all;
      return pid;
    }),
  );
  return Promise.all(uses);
}

it.each([
  { how: "are asked for", options: {} },
  { how: "are not asked for", options: { fetch_types: false } },
])("gives as many connections at once as there are, where types of arrays $how", async ({ options }) => {
  const driver = driverOn(database.ownerUrl, 3, options);
  expect(new Set(await useAll(driver, 3)).size).toBe(3);
});

it("gives a connection to whoever waits for one while the only one is closed", async () => {
  const driver = driverOn(database.ownerUrl, 1);
  let waiting: Promise<unknown> | undefined;
  const pid = await driver.use(async (session) => {
    const own = await pidOf(session);
    waiting = driver.use(pidOf);
    await expect(session.send([{ sql: "SELECT pg_terminate_backend(pg_backend_pid())", values: [] }])).rejects.toThrow(
      /CONNECTION_CLOSED|terminating/,
    );
    return own;
  });
  expect(await waiting).toEqual(expect.any(Number));
  expect(await waiting).not.toBe(pid);
});

it("gives all connections again once a server that could not be reached can be", async () => {
  await using proxy = await faultProxy(database.ownerUrl);
  const driver = driverOn(proxy.url, 3, { backoff: () => 0 });
  proxy.injectAnywhere(() => reset);
  const failed = await Promise.allSettled(Array.from({ length: 5 }, () => driver.use(pidOf)));
  expect(failed.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => "rejected"));
  proxy.injectAnywhere();
  expect(new Set(await useAll(driver, 3)).size).toBe(3);
});

it("leaves connections that are not used to the owner of the pool", async () => {
  const sql = postgresJs(database.ownerUrl, { max: 1, onnotice: () => {} });
  const driver = new PostgresJsDriver(sql, true);
  const [pid, [row]] = await Promise.all([driver.use(pidOf), sql`SELECT pg_backend_pid() AS pid`]);
  expect(row).toEqual({ pid });
  expect(await sql.begin(async (tx) => (await tx`SELECT pg_backend_pid() AS pid`)[0])).toEqual({ pid });
  expect(await driver.use(pidOf)).toBe(pid);
  await sql.end();
});
