import { Client } from "pg";

/** Somebody else's transaction that keeps calls of a store waiting on the server. */
export interface Blocking extends AsyncDisposable {
  /** Nobody else may even read the table, until `unlock`. */
  lockTable(table: string): Promise<void>;
  /** Nobody else may write to a tenant, until `unlock`. */
  lockTenants(): Promise<void>;
  /** In the same transaction as what is locked before. */
  lockTenantsToo(): Promise<void>;
  unlock(): Promise<void>;
  /**
   * Resolves with `true` once so many statements in the database wait for a lock, or with `false` where they do not and `ended`
   * has settled: what has ended will never wait.
   */
  waiting(count: number, ended?: Promise<unknown>): Promise<boolean>;
  /** Lets the server cancel whatever waits in this way, until something has come of `ended`. */
  cancelUntil(ended: Promise<unknown>, wait: string): Promise<void>;
  /** Runs a statement beside. */
  query(sql: string, values?: unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export async function blocking(superuserUrl: string, schema: string = "holdfast"): Promise<Blocking> {
  const [locker, watcher] = [new Client(superuserUrl), new Client(superuserUrl)];
  await Promise.all([locker.connect(), watcher.connect()]);
  const waits =
    "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
  return {
    async lockTable(table) {
      await locker.query(`BEGIN; LOCK TABLE ${schema}.${table} IN ACCESS EXCLUSIVE MODE`);
    },
    async lockTenants() {
      await locker.query(`BEGIN; UPDATE ${schema}.counters SET sequence = sequence`);
    },
    async lockTenantsToo() {
      await locker.query(`UPDATE ${schema}.counters SET sequence = sequence`);
    },
    async unlock() {
      await locker.query("ROLLBACK");
    },
    async waiting(count, ended) {
      let hasEnded = false;
      const noteEnd = (): void => void (hasEnded = true);
      ended?.then(noteEnd, noteEnd);
      for (;;) {
        const isLast = hasEnded;
        const found = await watcher.query(waits);
        if (found.rows[0]?.count === count) return true;
        if (isLast) return false;
      }
    },
    async cancelUntil(ended, wait) {
      const cancel = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND ${wait}`;
      const hasEnded = ended.then(isTrue, isTrue);
      while (!(await Promise.race([hasEnded, watcher.query(cancel).then(isFalse)])));
    },
    query: async (sql, values) => (await watcher.query(sql, values)).rows,
    async [Symbol.asyncDispose]() {
      await Promise.all([locker.end(), watcher.end()]);
    },
  };
}

const isTrue = (): boolean => true;
const isFalse = (): boolean => false;
