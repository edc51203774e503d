import { HoldfastError, limits } from "../contract/index.js";
import type { Recorded, RecordedWithId, Recorder } from "../contract/index.js";
import { optionsOf, tooLarge } from "./arguments.js";
import { ended } from "./build.js";
import { prepareDeleteEntry, preparePut, putOptions } from "./kv-writes.js";
import { appendOptions, prepareAppend } from "./log-writes.js";
import {
  createMessageOptions,
  expectingOptions,
  prepareCreateMessage,
  prepareCreateThread,
  prepareDeleteMessage,
  prepareDeleteThread,
  prepareRestoreMessage,
  prepareRestoreThread,
  prepareUpdateMessage,
  prepareUpdateThread,
} from "./messages-writes.js";
import { Placeholder } from "./placeholder.js";
import type { Options, Prepared, Surroundings } from "./prepared.js";
import { prepareDeleteState, prepareUpsertLatest, upsertOptions } from "./state-writes.js";

/** The operations of one `write`, as they are recorded. */
export class Recording {
  readonly operations: Prepared<unknown>[] = [];
  readonly #surroundings: (position: number) => Surroundings;
  #bytes = 0;
  #events = 0;
  #error: HoldfastError | undefined;
  #hasEnded = false;

  constructor(surroundings: (position: number) => Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Ends it: nothing can be recorded any more. */
  end(): void {
    this.#hasEnded = true;
  }

  /** Throws where an operation was refused, even if `build` caught that: a batch is never stored in part. */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  record<T>(
    options: unknown,
    names: readonly string[],
    prepare: (around: Surroundings, options: Options) => Prepared<T>,
  ): Placeholder {
    if (this.#hasEnded) throw ended("recorder");
    const position = this.operations.length;
    try {
      const prepared = prepare(this.#surroundings(position), optionsOf(options, names));
      this.#count(prepared);
      this.operations.push(prepared);
      return new Placeholder(position, prepared.id);
    } catch (error) {
      const refused = atPosition(error, position);
      this.#error ??= refused;
      throw refused;
    }
  }

  #count({ bytes, operation }: Prepared<unknown>): void {
    this.#bytes += bytes;
    if (operation.kind === "log.append") this.#events += operation.events.length;
    if (this.operations.length === limits.batchOperations) {
      throw tooLarge("build", "operations", limits.batchOperations, limits.batchOperations + 1);
    }
    if (this.#events > limits.batchEvents) throw tooLarge("build", "events", limits.batchEvents, this.#events);
    if (this.#bytes > limits.batchBytes) throw tooLarge("build", "bytes", limits.batchBytes, this.#bytes);
  }
}

/** The recorder that `build` is called with. */
export function recorderOf(recording: Recording): Recorder {
  const record = recording.record.bind(recording) as <T>(
    options: unknown,
    names: readonly string[],
    prepare: (around: Surroundings, options: Options) => Prepared<T>,
  ) => Recorded<T> & RecordedWithId<T>;
  return {
    messages: {
      createThread: (thread, options?: unknown) => record(options, [], (around) => prepareCreateThread(around, thread)),
      updateThread: (id, patch, options) =>
        record(options, expectingOptions, (around, given) => prepareUpdateThread(around, id, patch, given)),
      deleteThread: (id, options) => record(options, expectingOptions, (_, given) => prepareDeleteThread(id, given)),
      restoreThread: (id, options) => record(options, expectingOptions, (_, given) => prepareRestoreThread(id, given)),
      createMessage: (message, options) =>
        record(options, createMessageOptions, (around, given) => prepareCreateMessage(around, message, given)),
      updateMessage: (id, patch, options) =>
        record(options, expectingOptions, (around, given) => prepareUpdateMessage(around, id, patch, given)),
      deleteMessage: (id, options) => record(options, expectingOptions, (_, given) => prepareDeleteMessage(id, given)),
      restoreMessage: (id, options) =>
        record(options, expectingOptions, (_, given) => prepareRestoreMessage(id, given)),
    },
    state: {
      upsertLatest: (snapshot, options) =>
        record(options, upsertOptions, (around, given) => prepareUpsertLatest(around, snapshot, given)),
      delete: (userId, options) => record(options, expectingOptions, (_, given) => prepareDeleteState(userId, given)),
    },
    kv: {
      put: (ns, name, value, options) =>
        record(options, putOptions, (around, given) => preparePut(around, ns, name, value, given)),
      delete: (ns, name, options) =>
        record(options, expectingOptions, (_, given) => prepareDeleteEntry(ns, name, given)),
    },
    log: {
      append: (threadId, events, options) =>
        record(options, appendOptions, (around, given) => prepareAppend(around, threadId, events, given)),
    },
  };
}

function atPosition(error: unknown, operationIndex: number): HoldfastError {
  if (!(error instanceof HoldfastError)) throw error;
  const { code, message, details, retryable } = error;
  return new HoldfastError(code, message, { details, retryable, outcome: "none", operationIndex, cause: error });
}
