import type { Changed, Message, MessageStore, Thread } from "../contract/index.js";
import { identifier, invalid } from "./arguments.js";
import type { Change } from "./compare-and-set.js";
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
import {
  createMessageOptions,
  expectingOptions,
  prepareCreateMessage,
  prepareCreateThread,
  prepareDeleteMessage,
  prepareDeleteThread,
  prepareGetOrCreateThread,
  prepareRestoreMessage,
  prepareRestoreThread,
  prepareUpdateMessage,
  prepareUpdateThread,
} from "./messages-writes.js";
import type { Asked, Options, Prepared, Surroundings } from "./prepared.js";
import { messageNotFound, threadNotFound } from "./refusals.js";
import { callFunction } from "./update-function.js";
import type { TenantChannel } from "./tenant-channel.js";

/** Seed 000 for one tenant. */
export function messageStore(channel: TenantChannel): MessageStore {
  return {
    createThread: (thread, options) =>
      channel.writeOne("messages.createThread", options, [], (around) => prepareCreateThread(around, thread)),
    getThread: (threadId, options) =>
      channel.readOne("messages.getThread", options, deletedOptions, (given) => askThread(threadId, given)),
    updateThread: (threadId, patch, options) =>
      typeof patch === "function"
        ? channel.change("messages.updateThread", options, (around) => changeThread(around, threadId, patch))
        : channel.writeOne("messages.updateThread", options, expectingOptions, (around, given) =>
            prepareUpdateThread(around, threadId, patch, given),
          ),
    deleteThread: (threadId, options) =>
      channel.writeOne("messages.deleteThread", options, expectingOptions, (_, given) =>
        prepareDeleteThread(threadId, given),
      ),
    restoreThread: (threadId, options) =>
      channel.writeOne("messages.restoreThread", options, expectingOptions, (_, given) =>
        prepareRestoreThread(threadId, given),
      ),
    listThreads: (userId, options) =>
      channel.readList("messages.listThreads", options, listThreadsOptions, (given) =>
        askThreads(channel, userId, given),
      ),
    getOrCreateThread: (userId, options) =>
      channel.writeOne("messages.getOrCreateThread", options, [], (around) => prepareGetOrCreateThread(around, userId)),
    createMessage: (message, options) =>
      channel.writeOne("messages.createMessage", options, createMessageOptions, (around, given) =>
        prepareCreateMessage(around, message, given),
      ),
    getMessage: (messageId, options) =>
      channel.readOne("messages.getMessage", options, deletedOptions, (given) => askMessage(messageId, given)),
    updateMessage: (messageId, patch, options) =>
      typeof patch === "function"
        ? channel.change("messages.updateMessage", options, (around) => changeMessage(around, messageId, patch))
        : channel.writeOne("messages.updateMessage", options, expectingOptions, (around, given) =>
            prepareUpdateMessage(around, messageId, patch, given),
          ),
    deleteMessage: (messageId, options) =>
      channel.writeOne("messages.deleteMessage", options, expectingOptions, (_, given) =>
        prepareDeleteMessage(messageId, given),
      ),
    restoreMessage: (messageId, options) =>
      channel.writeOne("messages.restoreMessage", options, expectingOptions, (_, given) =>
        prepareRestoreMessage(messageId, given),
      ),
    listMessages: (threadId, options) =>
      channel.readList("messages.listMessages", options, listMessagesOptions, (given) =>
        askMessages(channel, threadId, given),
      ),
    getMessagesByExecution: (executionId, options) =>
      channel.readList("messages.getMessagesByExecution", options, executionOptions, (given) =>
        askMessagesByExecution(channel, executionId, given),
      ),
    countMessages: (threadId, options) =>
      channel.readOne("messages.countMessages", options, deletedOptions, (given) => askMessageCount(threadId, given)),
  };
}

function changeThread(
  around: Surroundings,
  threadId: unknown,
  update: (thread: Thread) => unknown,
): Change<Thread | undefined, Changed> {
  const id = identifier(threadId, "threadId");
  return changeRecord(["messages.updateThread", id], askThread(id, {}), update, {
    missing: () => threadNotFound(id),
    prepare: (patch, expected) => prepareUpdateThread(around, id, patch, expected),
  });
}

function changeMessage(
  around: Surroundings,
  messageId: unknown,
  update: (message: Message) => unknown,
): Change<Message | undefined, Changed> {
  const id = identifier(messageId, "messageId");
  return changeRecord(["messages.updateMessage", id], askMessage(id, {}), update, {
    missing: () => messageNotFound(id),
    prepare: (patch, expected) => prepareUpdateMessage(around, id, patch, expected),
  });
}

/** The compare-and-set of a record that must exist. */
function changeRecord<R extends Changed>(
  address: readonly string[],
  current: Asked<R | undefined>,
  update: (record: R) => unknown,
  kind: { missing(): Error; prepare(patch: unknown, expected: Options): Prepared<Changed> },
): Change<R | undefined, Changed> {
  return {
    address,
    current,
    prepare(record) {
      if (record === undefined) throw kind.missing();
      const patch = callFunction(update, record);
      return patch === undefined ? undefined : kind.prepare(patch, { expectedRevision: record.revision });
    },
    unchanged(record) {
      if (record === undefined) throw invalid("patch", "was given for a record that does not exist.");
      const { id, revision, updatedAt } = record;
      return { id, revision, ...(updatedAt !== undefined && { updatedAt }) };
    },
  };
}
