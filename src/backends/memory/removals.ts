import type { ErasedRows } from "../../contract/index.js";
import { allEntries, removeEntry } from "./kv.js";
import { allLeases } from "./leases.js";
import type { ScopedLease } from "./leases.js";
import { messageIds, removeMessage } from "./messages.js";
import { recordsWhere } from "./operations.js";
import { scopeName } from "./schema.js";
import type { StoredCommit, Subject, Tables } from "./schema.js";
import { removeSnapshot } from "./state.js";
import { removeThread } from "./threads.js";
import { buryLog, buryMessage, buryThread } from "./tombstones.js";
import type { Transaction } from "./transaction.js";

/** What erasures remove, row by row (see `takeStep`). A row that says what belongs to it goes after that. */
export type Removal = Generator<keyof ErasedRows>;

/** Removes what is a user's. What the records of commits may know it by is added to `subjects`. */
export function* removeUser(tx: Transaction, userId: string, subjects: Set<Subject>): Removal {
  const { tables } = tx;
  const threads = [...(tables.threadsByCreatedAt.get(userId)?.entries() ?? [])];
  for (const [, id] of threads) yield* removeThreadWithAll(tx, id, subjects);
  const logs = [...tables.logs].filter(([, log]) => log.userId === userId);
  for (const [threadId] of logs) {
    // Where there is a thread, it is somebody else's, and stays.
    const isAlone = !tables.threads.has(threadId);
    if (isAlone) {
      buryThread(tx, threadId);
      yield* removeLeases(tx, ({ name }) => name === threadId);
    }
    yield* removeLog(tx, threadId, subjects);
  }
  for (const [, { row }] of Array.from(tables.snapshots.get(userId)?.entries() ?? [])) {
    removeSnapshot(tx, row);
    yield "stateSnapshots";
  }
  for (const { namespace, row } of allEntries(tx).filter((entry) => entry.row.userId === userId)) {
    subjects.add(`entry:${namespace}${row.key}`);
    removeEntry(tx, namespace, row.key);
    yield "kvEntries";
  }
  yield* removeLeases(tx, ({ scope }) => scope === scopeName(userId));
  subjects.add(`user:${userId}`);
  yield* removeRecords(tx, subjects);
}

export function* removeThreadOnly(tx: Transaction, id: string, subjects: Set<Subject>): Removal {
  yield* removeThreadWithAll(tx, id, subjects);
  yield* removeRecords(tx, subjects);
}

/** Empties tables that nobody reads or writes any more. */
export function* removeAll(tables: Tables): Removal {
  // Where a user of it is being erased as well, nothing is to be found twice.
  for (const index of [tables.threadsByCreatedAt, tables.messagesByThread]) index.clear();
  yield* empty(tables.threads, "threads");
  yield* empty(tables.messages, "messages");
  for (const versions of tables.snapshots.values()) yield* empty(versions, "stateSnapshots");
  for (const [, entries] of tables.namespaces.entries()) yield* empty(entries, "kvEntries");
  yield* empty(tables.logs, "logs");
  for (const entries of tables.logEntries.values()) yield* empty(entries, "logEntries");
  for (const leases of tables.leases.values()) yield* empty(leases, "leases");
  for (const operations of tables.operations.values()) yield* empty(operations, "operations");
  yield* empty(tables.commits, "operations");
}

/** A thread with its messages, its log and the leases of its name, in whosever scope. */
function* removeThreadWithAll(tx: Transaction, id: string, subjects: Set<Subject>): Removal {
  buryThread(tx, id);
  subjects.add(`thread:${id}`);
  for (const messageId of messageIds(tx, id)) {
    buryMessage(tx, messageId);
    removeMessage(tx, messageId);
    yield "messages";
  }
  yield* removeLog(tx, id, subjects);
  yield* removeLeases(tx, ({ name }) => name === id);
  const thread = tx.tables.threads.get(id);
  if (thread === undefined) return;
  removeThread(tx, thread);
  yield "threads";
}

function* removeLog(tx: Transaction, threadId: string, subjects: Set<Subject>): Removal {
  if (!tx.tables.logs.has(threadId)) return;
  buryLog(tx, threadId);
  subjects.add(`thread:${threadId}`);
  for (const ordinal of tx.tables.logEntries.get(threadId)?.keys() ?? []) {
    tx.deleteIn(tx.tables.logEntries, threadId, ordinal);
    yield "logEntries";
  }
  tx.delete(tx.tables.logs, threadId);
  yield "logs";
}

function* removeLeases(tx: Transaction, isMeant: (lease: ScopedLease) => boolean): Removal {
  for (const { scope, name } of allLeases(tx).filter(isMeant)) {
    tx.deleteIn(tx.tables.leases, scope, name);
    yield "leases";
  }
}

function* removeRecords(tx: Transaction, subjects: ReadonlySet<Subject>): Removal {
  const isMeant = (record: StoredCommit): boolean => [...record.subjects].some((subject) => subjects.has(subject));
  for (const remove of recordsWhere(tx, isMeant)) {
    remove();
    yield "operations";
  }
}

interface Emptied<K> {
  entries(): Iterable<readonly [key: K, row: unknown]>;
  delete(key: K): unknown;
}

function* empty<K>(table: Emptied<K>, kind: keyof ErasedRows): Removal {
  for (const [key] of Array.from(table.entries())) {
    table.delete(key);
    yield kind;
  }
}
