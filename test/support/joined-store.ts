import { HoldfastError } from "holdfast";
import type { Holdfast, Stores, Tenant } from "holdfast";
import type { Pool } from "pg";
import { callMethod, interceptedStores, methodOf } from "../../dist/conformance/methods.js";
import type { MethodName } from "../../dist/conformance/methods.js";

/**
 * The same store, where each call is made in a transaction of its own that was open before: through `using`. What takes
 * several transactions, or outlives one, goes to the store itself.
 */
export function joinedStore(db: Holdfast, pool: Pool): Holdfast {
  return { ...db, tenant: (id) => joinedTenant(db, pool, id) };
}

function joinedTenant(db: Holdfast, pool: Pool, id: string): Tenant {
  const whole = db.tenant(id);
  return {
    ...whole,
    ...joinedStores(whole, (call) => inTransaction(db, pool, id, call)),
    user(userId) {
      const user = whole.user(userId);
      const joined = joinedStores(user, (call) => inTransaction(db, pool, id, (tenant) => call(tenant.user(userId))));
      return { ...user, ...joined };
    },
  };
}

type Run = <T>(call: (stores: Stores) => Promise<T>) => Promise<T>;

const notThere: ReadonlySet<string> = new Set([
  "log.tail",
  "log.archiveBefore",
  "kv.evictExpired",
  "state.healthCheck",
]);

function joinedStores(whole: Stores, run: Run): Partial<Tenant> {
  return {
    ...interceptedStores((store, name, args) => {
      const method = `${store}.${name}` as MethodName;
      const call = (of: Stores): unknown => callMethod(of, store, name, args);
      if (notThere.has(method)) return call(whole);
      const { kind } = methodOf(method);
      if (kind !== "list") return run((stores) => call(stores) as Promise<unknown>);
      return joinedList(run, call as (of: Stores) => AsyncIterable<unknown> & Promise<unknown>);
    }),
    write: (build, options) => run((stores) => stores.write(build, options)),
    read: (build, options) => run((stores) => stores.read(build, options)),
    getOperation: (operationId, options) => run((stores) => stores.getOperation(operationId, options)),
  };
}

function joinedList(run: Run, call: (of: Stores) => AsyncIterable<unknown> & Promise<unknown>): unknown {
  let first: Promise<unknown> | undefined;
  const page = (): Promise<unknown> => (first ??= run(call));
  return {
    then: (...given: Parameters<Promise<unknown>["then"]>) => page().then(...given),
    catch: (...given: Parameters<Promise<unknown>["catch"]>) => page().catch(...given),
    finally: (...given: Parameters<Promise<unknown>["finally"]>) => page().finally(...given),
    async *[Symbol.asyncIterator]() {
      yield* await run(async (stores) => {
        const items: unknown[] = [];
        for await (const item of call(stores)) items.push(item);
        return items;
      });
    },
  };
}

/** As an application has to: others may have been faster, and the transaction goes on. */
async function again<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof HoldfastError) || !error.retryable) throw error;
    }
  }
}

/** Runs one call, whatever comes of it, and commits; throws where that is not possible any more. */
async function inTransaction<T>(
  db: Holdfast,
  pool: Pool,
  id: string,
  call: (tenant: Tenant) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const tenant = db.using(client).tenant(id);
    const [answer] = await Promise.allSettled([again(() => call(tenant))]);
    const left = await client.query(
      "SELECT current_setting('role') AS role, current_setting('holdfast.tenant', true) AS tenant",
    );
    const { command } = await client.query("COMMIT");
    if (command !== "COMMIT" || left.rows[0].role !== "none" || (left.rows[0].tenant ?? "") !== "")
      throw new Error(`The transaction of the caller was left as ${JSON.stringify([command, left.rows])}.`);
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  } finally {
    client.release();
  }
}
