import type { SqlRow, Statement } from "./driver.js";
import { quoteName, quoteText } from "./names.js";
import type { SchemaNames } from "./names.js";

/** As whom and for whom a transaction runs. */
export interface Identity {
  readonly names: SchemaNames;
  /** The role that owns nothing and is held to the policies; `undefined` for whoever is connected, as migrations need it. */
  readonly role?: string;
  /** The tenant whose rows are to be seen; `undefined` for none. */
  readonly tid?: string;
  /** Whether the server would answer COMMIT before it is durable. */
  readonly isHasty?: boolean;
  /** Whether the server is to be told to keep one plan for each statement. */
  readonly keepsPlans?: boolean;
  /** Whether the tables are on workers of Citus. */
  readonly isOnCitus?: boolean;
}

export type Isolation = "default" | "snapshot";

/** How a transaction begins and ends. */
export interface Bounds {
  /** What is asked before the beginning: the answer to the last of these is given to `commit`. */
  readonly ask: readonly Statement[];
  begin(identity: Identity, isolation: Isolation): readonly Statement[];
  commit(asked: SqlRow): readonly Statement[];
  /** The tag of the last of these, where it did. */
  readonly committed: string;
  readonly rollBack: readonly Statement[];
  /** Whether it is in a transaction of somebody else: an end that failed has not ended it, and what was lost is not retried. */
  readonly isJoined: boolean;
}

/** Those of a transaction of its own. Its beginning is one statement for clients that would wait for the answer to each. */
export const ownBounds: Bounds = {
  ask: [],
  begin({ role, tid, isHasty, keepsPlans, isOnCitus }, isolation) {
    const script: Statement[] = [{ sql: beginStatements[isolation], values: [] }];
    if (role !== undefined) script.push(setRole(role));
    if (isOnCitus === true) script.push(tellWorkers);
    if (isHasty === true) script.push({ sql: "SET LOCAL synchronous_commit = on", values: [] });
    if (tid !== undefined && keepsPlans === true) script.push(genericPlans);
    if (tid !== undefined) script.push(setTenant(tid));
    return [{ sql: script.map(({ sql }) => sql).join("; "), values: [], script }];
  },
  commit: () => [{ sql: "COMMIT", values: [], isOneOff: true }],
  committed: "COMMIT",
  rollBack: [{ sql: "ROLLBACK", values: [] }],
  isJoined: false,
};

/**
 * Statements for a tenant are written so that one plan is right for all values, and are found by their keys. Left to itself
 * the planner makes another plan each time for those that take an array or a limit, since it expects fewer rows then. Citus
 * cannot do it: it has to see the tenant to know the worker.
 */
const genericPlans: Statement = { sql: "SET LOCAL plan_cache_mode = force_generic_plan", values: [] };

const beginStatements: Readonly<Record<Isolation, string>> = {
  default: "BEGIN",
  snapshot: "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
};

/** The rest of the transaction is for this tenant. Not `set_config()`, of which the workers of Citus learn nothing. */
export function setTenant(tid: string): Statement {
  return { sql: `SET LOCAL holdfast.tenant = ${quoteText(tid)}`, values: [], isOneOff: true };
}

function setRole(role: string): Statement {
  return { sql: `SET LOCAL ROLE ${quoteName(role)}`, values: [] };
}

/**
 * From here on, workers of Citus learn what is set in the transaction: without the tenant they would show no rows. Not the role:
 * Citus connects to them as whoever the transaction runs as.
 */
const tellWorkers: Statement = { sql: "SET LOCAL citus.propagate_set_commands = 'local'", values: [] };

// What is set now is read before anything is set: a select list promises no order.
const become = `WITH before AS MATERIALIZED (
SELECT current_setting('role') AS role, coalesce(current_setting('holdfast.tenant', true), '') AS tenant)
SELECT set_config('holdfast.caller_role', before.role, true), set_config('holdfast.caller_tenant', before.tenant, true),
set_config('role', $1, true), set_config('holdfast.tenant', $2, true) FROM before`;

const becomeCaller = `SELECT set_config('role', current_setting('holdfast.caller_role'), true),
set_config('holdfast.tenant', current_setting('holdfast.caller_tenant'), true)`;

const release: Statement = { sql: "RELEASE SAVEPOINT holdfast_joined", values: [] };

/**
 * Those of a part of a transaction that somebody else has open: a savepoint, and in it another role and tenant than theirs.
 * Undoing it brings theirs back; before it is kept, they are set again. Meanwhile the transaction itself remembers them.
 */
export const joinedBounds: Bounds = {
  ask: [],
  begin({ role, tid }) {
    return [
      { sql: "SAVEPOINT holdfast_joined", values: [] },
      { sql: become, values: [role ?? "none", tid ?? ""] },
    ];
  },
  commit: () => [{ sql: becomeCaller, values: [] }, release],
  committed: "RELEASE",
  rollBack: [{ sql: "ROLLBACK TO SAVEPOINT holdfast_joined", values: [] }, release],
  isJoined: true,
};

/**
 * The same on Citus, the workers of which learn of no `set_config()`: each setting takes a statement of its own. The role is not
 * among what they learn, neither on the way in nor on the way out.
 */
export const joinedBoundsOnCitus: Bounds = {
  ...joinedBounds,
  ask: [
    { sql: "SAVEPOINT holdfast_joined", values: [] },
    {
      sql: `SELECT current_setting('role'), coalesce(current_setting('holdfast.tenant', true), ''),
coalesce(current_setting('citus.propagate_set_commands', true), 'none')`,
      values: [],
    },
  ],
  begin({ role = "none", tid = "" }) {
    return [setRole(role), tellWorkers, setTenant(tid)];
  },
  commit([role, tid, told]) {
    const tellAsBefore = { sql: `SET LOCAL citus.propagate_set_commands = ${quoteText(String(told))}`, values: [] };
    return [setTenant(String(tid)), tellAsBefore, setRole(String(role)), release];
  },
};
