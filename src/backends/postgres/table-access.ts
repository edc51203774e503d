import type { KvRow } from "../../core/rows.js";
import type {
  StoredLog,
  StoredMessage,
  StoredOperation,
  StoredSnapshot,
  StoredThread,
  Tables,
} from "../../tables/schema.js";
import type { LeaseResult } from "../../core/operations.js";
import type { SqlRow, Statement } from "./driver.js";
import type { Needs } from "./needs.js";

/** One statement that loads rows, and what puts them into tables. */
export interface Load {
  readonly statement: Statement;
  fill(tables: Tables, rows: readonly SqlRow[]): void;
}

/** Says what is to be loaded of a tenant. */
export type Loads = (tid: string, needs: Needs) => readonly Load[];

/** Says how to store what `after` has otherwise than it was loaded. */
export type Saves = (tid: string, before: Loaded, after: Tables) => readonly Statement[];

/** What was loaded. Rows are never changed, only replaced, so a row that is another object is another row. */
export interface Loaded {
  readonly threads: ReadonlyMap<string, StoredThread>;
  readonly messages: ReadonlyMap<string, StoredMessage>;
  readonly snapshots: ReadonlyMap<string, ReadonlyMap<number, StoredSnapshot>>;
  readonly namespaces: ReadonlyMap<string, ReadonlyMap<string, KvRow>>;
  readonly logs: ReadonlyMap<string, StoredLog>;
  readonly logEntries: ReadonlyMap<string, ReadonlySet<number>>;
  readonly leases: ReadonlyMap<string, ReadonlyMap<string, LeaseResult>>;
  readonly operations: ReadonlyMap<string, ReadonlyMap<string, StoredOperation>>;
}

/** Remembers what tables hold now. */
export function loadedIn(tables: Tables): Loaded {
  return {
    threads: new Map(tables.threads),
    messages: new Map(tables.messages),
    snapshots: nested(tables.snapshots, (versions) => new Map(versions.entries())),
    namespaces: nested(tables.namespaces.entries(), (entries) => new Map(entries.entries())),
    logs: new Map(tables.logs),
    logEntries: nested(tables.logEntries, (entries) => new Set(entries.keys())),
    leases: nested(tables.leases, (leases) => new Map(leases)),
    operations: nested(tables.operations, (operations) => new Map(operations)),
  };
}

function nested<T, C>(groups: Iterable<readonly [name: string, table: T]>, copy: (table: T) => C): Map<string, C> {
  return new Map(Array.from(groups, ([name, table]) => [name, copy(table)]));
}

export interface Changes<K, V> {
  readonly added: readonly (readonly [key: K, value: V])[];
  readonly replaced: readonly (readonly [key: K, value: V])[];
}

/** What is in `after` and was not, or not so, in `before`. */
export function changesIn<K, V>(
  before: ReadonlyMap<K, V> | undefined,
  after: Iterable<readonly [key: K, value: V]>,
): Changes<K, V> {
  const added: (readonly [K, V])[] = [];
  const replaced: (readonly [K, V])[] = [];
  for (const [key, value] of after) {
    const old = before?.get(key);
    if (old === undefined) added.push([key, value]);
    else if (old !== value) replaced.push([key, value]);
  }
  return { added, replaced };
}
