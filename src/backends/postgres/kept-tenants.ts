import type { Commit, CommitOutcome } from "../../core/backend.js";
import { codec } from "../../core/codec.js";
import type { Encoded, Operation } from "../../core/operations.js";
import type { Tables } from "../../tables/schema.js";
import type { Needs } from "./needs.js";
import type { Counters } from "./tenants.js";

/** A tenant as this process left it with its last commit: as long as nobody else writes to it, it is so. */
export interface KeptTenant {
  readonly tid: string;
  /** Some of its rows, with the counters that the commit stored. */
  readonly tables: Tables;
  /** What is known to be in `tables`, or else not to be there at all. */
  readonly known: Needs;
}

/**
 * What this process knows of tenants from its own commits, so that the next one can be decided before the database is asked,
 * and takes one round trip. It is only a guess: the commit itself looks whether the counters are as they were left.
 */
export class KeptTenants {
  readonly #kept = new Map<string, KeptTenant>();
  /** Tenants that others write to as well, with how many commits to wait before the next guess. */
  readonly #contended = new Map<string, number>();

  /** Takes out what is kept of a tenant. */
  take(tenantId: string): KeptTenant | undefined {
    const kept = this.#kept.get(tenantId);
    this.#kept.delete(tenantId);
    return kept;
  }

  /** Keeps what a commit of these has left. */
  keep(tenantId: string, kept: KeptTenant, commits: readonly Commit[], needs: Needs): void {
    const wait = this.#contended.get(tenantId) ?? 0;
    if (wait > 0) this.#contended.set(tenantId, wait - 1);
    if (wait > 0 || commits.some(leavesMore)) return;
    forgetWhatIsStored(kept.tables);
    kept.known.addAll(needs);
    if (rowsIn(kept.tables) > mostRows) return;
    this.#kept.set(tenantId, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostTenants && oldest !== undefined) this.#kept.delete(oldest);
  }

  /** Somebody else has written to the tenant. */
  noteContention(tenantId: string): void {
    if (this.#contended.size > mostTenants) this.#contended.clear();
    this.#contended.set(tenantId, commitsToWait);
  }
}

/** Whether what is kept is all that commits have to see, so that they can be decided on it. */
export function suffices(kept: KeptTenant, commits: readonly Commit[], needs: Needs): boolean {
  return commits.every(isPlain) && covers(kept, commits, needs);
}

/** Whether nobody has written to a tenant since it was left so: locking its counters has moved the sequence by one. */
export function isAsLeft({ tables }: KeptTenant, locked: Counters): boolean {
  return tables.revision === locked.revision && tables.sequence + 1 === locked.sequence;
}

/** Whether a commit did all that it was to do, and nothing of what it answers was there before. */
export function didAll(outcome: CommitOutcome): boolean {
  if (!outcome.ok || outcome.repeatOf !== undefined) return false;
  return outcome.results.every((result) => typeof result !== "object" || !("existed" in result));
}

const mostTenants = 1000;
/** With what a row holds at most, this is little. */
const mostRows = 200;
const commitsToWait = 16;

const plainKinds: ReadonlySet<Operation["kind"]> = new Set([
  "messages.createMessage",
  "log.append",
  "state.upsertLatest",
  "kv.put",
]);

/** Whether all that a commit adds is kept from being there twice by the database itself. */
function isPlain({ operations, fence }: Commit): boolean {
  return fence === undefined && operations.every(({ kind }) => plainKinds.has(kind));
}

/** Whether a commit changes rows that were not loaded, or loaded some that are not as they seem. */
function leavesMore({ operations }: Commit): boolean {
  return operations.some(({ kind }) => kind === "log.fork" || kind.startsWith("import."));
}

function covers({ tables, known }: KeptTenant, commits: readonly Commit[], needs: Needs): boolean {
  return (
    known.coversRowsOf(needs) && commits.every(({ operations }) => operations.every((each) => hasParent(tables, each)))
  );
}

/** Whether the parent of a message, if it is a message, is one that is kept. */
function hasParent({ messages }: Tables, operation: Operation): boolean {
  if (operation.kind !== "messages.createMessage" || operation.parentType !== "user_message") return true;
  return operation.parentId === undefined || messages.has(operation.parentId);
}

const forgotten: Encoded = { codec: codec.json, data: "" };

/** What nothing that is plain has to see again. */
function forgetWhatIsStored(tables: Tables): void {
  for (const table of [tables.logEntries, tables.operations, tables.commits, tables.leases]) table.clear();
  for (const [id, { row, sequence }] of tables.messages) {
    if (row.content === forgotten) continue;
    const { parts: _, metadata: __, ...rest } = row;
    tables.messages.set(id, { row: { ...rest, content: forgotten }, sequence });
  }
}

function rowsIn({ threads, messages, logs, snapshots, namespaces }: Tables): number {
  let rows = threads.size + messages.size + logs.size;
  for (const versions of snapshots.values()) rows += versions.size;
  for (const [, entries] of namespaces.entries()) rows += entries.size;
  return rows;
}
