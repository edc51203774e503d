import type { Commit } from "../../core/backend.js";
import type { Operation } from "../../core/operations.js";
import { joinNamespace } from "../../core/utf8-order.js";
import { scopeName } from "../../tables/schema.js";

/** An address of two parts, whatever characters they have. */
export type Pair = readonly [first: string, second: string];

type OrdinalRange = readonly [threadId: string, first: number, last: number];

/** What commits have to see of a tenant, so that everything they can be refused for is decided on it. */
export class Needs {
  readonly threads: Set<string> = new Set();
  /** Users whose live thread that was updated last is to be seen. */
  readonly latestThreadsOf: Set<string> = new Set();
  readonly messages: Set<string> = new Set();
  /** Threads of which the time of the last message is to be seen. */
  readonly lastMessagesOf: Set<string> = new Set();
  /** Users whose latest snapshot is to be seen. */
  readonly states: Set<string> = new Set();
  readonly snapshots: PairMap<number> = new PairMap();
  /** By namespace, as `joinNamespace` writes it, and key. */
  readonly entries: PairMap<true> = new PairMap();
  readonly logs: Set<string> = new Set();
  /** Entries from one ordinal to another. */
  readonly logEntries: OrdinalRange[] = [];
  /** By scope and name. */
  readonly leases: PairMap<true> = new PairMap();
  readonly fences: Set<number> = new Set();
  /** By scope and id. */
  readonly operations: PairMap<true> = new PairMap();
  /** What may have been erased under its id. */
  readonly erasedThreads: Set<string> = new Set();
  readonly erasedMessages: Set<string> = new Set();

  constructor(commits: readonly Commit[]) {
    for (const { userId, idempotency, fence, operations } of commits) {
      if (idempotency !== undefined) this.operations.set([scopeName(userId), idempotency.operationId], true);
      if (fence !== undefined) this.fences.add(fence.token);
      for (const operation of operations) this.#add(operation, scopeName(userId));
    }
  }

  /** What has to be seen of one log to write it. */
  static ofLog(threadId: string): Needs {
    const needs = new Needs([]);
    needs.#addLog(threadId);
    return needs;
  }

  /** Adds what others need of rows that a later commit may need again. */
  addAll({ threads, lastMessagesOf, states, entries, logs }: Needs): void {
    for (const id of threads) this.threads.add(id);
    for (const id of lastMessagesOf) this.lastMessagesOf.add(id);
    for (const id of states) this.states.add(id);
    for (const id of logs) this.logs.add(id);
    for (const pair of entries.pairs) this.entries.set(pair, true);
  }

  /** Whether all of these rows are needed here, too: what a plain commit adds is not looked at. */
  coversRowsOf({ threads, lastMessagesOf, states, entries, logs }: Needs): boolean {
    return (
      isWithin(threads, this.threads) &&
      isWithin(lastMessagesOf, this.lastMessagesOf) &&
      isWithin(states, this.states) &&
      isWithin(logs, this.logs) &&
      entries.pairs.every((pair) => this.entries.has(pair))
    );
  }

  // One case an operation: to split it would hide which one is missing.
  #add(operation: Operation, scope: string): void {
    switch (operation.kind) {
      case "messages.getOrCreateThread":
        this.latestThreadsOf.add(operation.userId);
        return this.#addNewThread(operation.id);
      case "messages.createThread":
        return this.#addNewThread(operation.id);
      case "import.thread":
        return this.#addNewThread(operation.row.id);
      case "messages.updateThread":
      case "messages.deleteThread":
      case "messages.restoreThread":
        return this.#addThread(operation.id);
      case "messages.createMessage":
        this.#addNewMessage(operation.threadId, operation.id);
        this.lastMessagesOf.add(operation.threadId);
        if (operation.parentType === "user_message" && operation.parentId !== undefined)
          this.messages.add(operation.parentId);
        return;
      case "import.message":
        return this.#addNewMessage(operation.row.threadId, operation.row.id);
      case "messages.updateMessage":
      case "messages.deleteMessage":
      case "messages.restoreMessage":
        this.messages.add(operation.id);
        return;
      case "state.upsertLatest":
      case "state.delete":
        this.states.add(operation.userId);
        return;
      case "import.snapshot":
        this.snapshots.set([operation.row.userId, String(operation.row.revision)], operation.row.revision);
        return;
      case "kv.put":
      case "kv.delete":
        this.entries.set([joinNamespace(operation.namespace), operation.key], true);
        return;
      case "import.entry":
        this.entries.set([joinNamespace(operation.namespace), operation.row.key], true);
        return;
      case "log.append":
      case "import.log":
        return this.#addLog(operation.threadId);
      case "log.fork":
        this.#addLog(operation.threadId);
        return this.#addLog(operation.newThreadId);
      case "import.events":
        return this.#addLogEntries(
          operation.threadId,
          operation.entries[0]?.ordinal ?? 1,
          operation.entries.at(-1)?.ordinal ?? 1,
        );
      case "lease.acquire":
      case "lease.renew":
      case "lease.release":
        this.leases.set([scope, operation.name], true);
        return;
    }
  }

  #addThread(id: string): void {
    this.threads.add(id);
    this.erasedThreads.add(id);
  }

  #addNewThread(id: string): void {
    this.#addThread(id);
    this.logs.add(id);
  }

  #addNewMessage(threadId: string, id: string): void {
    this.#addThread(threadId);
    this.messages.add(id);
    this.erasedMessages.add(id);
  }

  #addLog(threadId: string): void {
    this.#addThread(threadId);
    this.logs.add(threadId);
  }

  #addLogEntries(threadId: string, first: number, last: number): void {
    this.#addLog(threadId);
    this.logEntries.push([threadId, first, last]);
  }
}

function isWithin(ids: ReadonlySet<string>, known: ReadonlySet<string>): boolean {
  for (const id of ids) if (!known.has(id)) return false;
  return true;
}

/** A map by pairs of strings. */
export class PairMap<V> {
  readonly #byName = new Map<string, readonly [pair: Pair, value: V]>();

  get size(): number {
    return this.#byName.size;
  }

  has(pair: Pair): boolean {
    return this.#byName.has(JSON.stringify(pair));
  }

  set(pair: Pair, value: V): void {
    this.#byName.set(JSON.stringify(pair), [pair, value]);
  }

  get pairs(): readonly Pair[] {
    return Array.from(this.#byName.values(), ([pair]) => pair);
  }

  get values(): readonly V[] {
    return Array.from(this.#byName.values(), ([, value]) => value);
  }
}
