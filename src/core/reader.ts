import type { Queried, Reader } from "../contract/index.js";
import { optionsOf } from "./arguments.js";
import { ended } from "./build.js";
import {
  askEntries,
  askEntry,
  askKeys,
  askNamespaces,
  askValue,
  askValues,
  keyListOptions,
  namespaceListOptions,
} from "./kv-reads.js";
import { archivedOptions, askArchived, askEntriesSince, askLogHead } from "./log-reads.js";
import {
  askMessage,
  askMessageCount,
  askMessages,
  askMessagesByExecution,
  askThread,
  askThreads,
  deletedOptions,
  executionOptions,
  listMessagesOptions,
  listThreadsOptions,
} from "./messages-reads.js";
import { askOperation } from "./tenant-reads.js";
import { pageOptions } from "./pages.js";
import { Placeholder } from "./placeholder.js";
import type { Scope } from "./backend.js";
import type { Asked, Options } from "./prepared.js";
import { askHistory, askLatest, latestOptions } from "./state-reads.js";

/** The questions of one `read`, as they are asked. */
export class Reading {
  readonly questions: Asked<unknown>[] = [];
  #hasEnded = false;

  /** Ends it: nothing can be asked any more. */
  end(): void {
    this.#hasEnded = true;
  }

  ask<T>(options: unknown, names: readonly string[], ask: (options: Options) => Asked<T>): Placeholder {
    if (this.#hasEnded) throw ended("reader");
    this.questions.push(ask(optionsOf(options, names)));
    return new Placeholder(this.questions.length - 1);
  }
}

/** The reader that `build` is called with. */
export function readerOf(reading: Reading, of: Scope): Reader {
  const ask = reading.ask.bind(reading) as <T>(
    options: unknown,
    names: readonly string[],
    ask: (options: Options) => Asked<unknown>,
  ) => Queried<T>;
  return {
    messages: {
      getThread: (id, options) => ask(options, deletedOptions, (given) => askThread(id, given)),
      listThreads: (userId, options) => ask(options, listThreadsOptions, (given) => askThreads(of, userId, given)),
      getMessage: (id, options) => ask(options, deletedOptions, (given) => askMessage(id, given)),
      listMessages: (threadId, options) =>
        ask(options, listMessagesOptions, (given) => askMessages(of, threadId, given)),
      getMessagesByExecution: (executionId, options) =>
        ask(options, executionOptions, (given) => askMessagesByExecution(of, executionId, given)),
      countMessages: (threadId, options) => ask(options, deletedOptions, (given) => askMessageCount(threadId, given)),
    },
    state: {
      getLatest: (userId, options) => ask(options, latestOptions, (given) => askLatest(of, userId, given)),
      getHistory: (userId, options) => ask(options, pageOptions, (given) => askHistory(of, userId, given)),
    },
    kv: {
      get: (ns: unknown, name: unknown, options?: unknown) => ask(options, [], () => askValue(ns, name)),
      getEntry: (ns: unknown, name: unknown, options?: unknown) => ask(options, [], () => askEntry(ns, name)),
      getMany: (ns: unknown, names: unknown, options?: unknown) => ask(options, [], () => askValues(ns, names)),
      list: (ns, options) => ask(options, keyListOptions, (given) => askKeys(of, ns, given)),
      entries: (ns, options) => ask(options, keyListOptions, (given) => askEntries(of, ns, given)),
      listNamespaces: (prefix, options) =>
        ask(options, namespaceListOptions, (given) => askNamespaces(of, prefix, given)),
    },
    log: {
      loadSince: (threadId, cursor, options) =>
        ask(options, pageOptions, (given) => askEntriesSince(of, threadId, cursor, given)),
      loadArchived: (threadId, options) => ask(options, archivedOptions, (given) => askArchived(of, threadId, given)),
      head: (threadId, options?: unknown) => ask(options, [], () => askLogHead(threadId)),
    },
    getOperation: (operationId, options?: unknown) => ask(options, [], () => askOperation(operationId)),
  };
}
