import type {
  CreateMessageOptions,
  IncludeDeleted,
  ListMessagesOptions,
  ListThreadsOptions,
  MessageStore,
} from "../contract/index.js";
import { identifier, integer, oneOf } from "./fields.js";
import { changed, message, messagePatch, newMessage, newThread, thread, threadPatch } from "./message-schemas.js";
import { expectedRevision, includeDeleted, offsetOptions, order } from "./options.js";
import { maybe, page, plain, yesOrNo } from "./results.js";
import { routesOf } from "./route.js";
import type { Route } from "./route.js";
import type { Fields } from "./schema.js";

const threadId = identifier("The thread.");
const messageId = identifier("The message.");
const userId = identifier("The user.");

const deleted: Fields<IncludeDeleted> = { includeDeleted };

const listThreadsOptions: Fields<ListThreadsOptions> = {
  ...offsetOptions,
  includeDeleted,
  orderBy: oneOf('"updatedAt" (the default), or "createdAt" where a walk must be exhaustive while threads change.', [
    "updatedAt",
    "createdAt",
  ]).optional(),
  order: order('"desc" (newest first) by default; "asc" goes with orderBy "createdAt" only.'),
};

const listMessagesOptions: Fields<ListMessagesOptions> = {
  ...offsetOptions,
  includeDeleted,
  order: order('"asc" (oldest first) by default.'),
  leafId: identifier("Gives exactly the path from the root to this message, by parentId.").optional(),
};

const createMessageOptions: Fields<CreateMessageOptions> = {
  ifExists: oneOf(
    'Where the id exists: "fail" (the default) with ALREADY_EXISTS, or "return" the stored message, which must have the same thread, role and author.',
    ["fail", "return"],
  ).optional(),
};

/** The routes of `MessageStore`. */
export const messagesRoutes: Readonly<Record<keyof MessageStore, Route>> = routesOf<keyof MessageStore>(
  "messages.",
  "stores",
  {
    createThread: {
      kind: "recorded",
      says: "Creates a thread. ALREADY_EXISTS where the id is taken, also by a soft-deleted thread.",
      parameters: { thread: newThread },
      result: thread,
      example: { thread: { id: "refund-1", userId: "ada", title: { json: "Refund" }, metadata: { channel: "web" } } },
    },
    getThread: {
      kind: "asked",
      says: "The thread; no result where there is none or it is deleted.",
      parameters: { threadId },
      options: deleted,
      result: maybe(thread),
      example: { threadId: "refund-1" },
    },
    updateThread: {
      kind: "recorded",
      says: "Changes title or metadata, and moves updatedAt. NOT_FOUND where there is no such live thread.",
      parameters: { threadId, patch: threadPatch },
      options: { expectedRevision },
      result: changed,
      example: { threadId: "refund-1", patch: { title: { json: "Refund of order 7" }, metadata: null } },
    },
    deleteThread: {
      kind: "recorded",
      says: "Soft-deletes the thread, and so its messages. false where there is no such live thread.",
      parameters: { threadId },
      options: { expectedRevision },
      result: yesOrNo,
      example: { threadId: "refund-1" },
    },
    restoreThread: {
      kind: "recorded",
      says: "Undoes deleteThread. Changes nothing on a live thread. NOT_FOUND where there is none.",
      parameters: { threadId },
      options: { expectedRevision },
      result: changed,
      example: { threadId: "refund-1" },
    },
    listThreads: {
      kind: "asked",
      says: "The threads of a user, newest first.",
      parameters: { userId },
      options: listThreadsOptions,
      result: page(thread),
      example: { userId: "ada", options: { limit: 20, orderBy: "createdAt", order: "asc" } },
    },
    getOrCreateThread: {
      kind: "write",
      says: "The most recently updated live thread of the user, or a new one. Two callers at once get the same.",
      parameters: { userId },
      result: thread,
      example: { userId: "ada" },
    },
    createMessage: {
      kind: "recorded",
      says: "Adds a message to a live thread, and moves the thread's updatedAt. NOT_FOUND where the thread or the parent is not there, then ALREADY_EXISTS where the id is taken in this tenant.",
      parameters: { message: newMessage },
      options: createMessageOptions,
      result: message,
      example: {
        message: {
          id: "question-1",
          threadId: "refund-1",
          role: "user",
          content: { json: "Where is my refund?" },
          parts: [{ type: "text", text: "Where is my refund?" }],
          executionId: "run-9",
        },
        options: { operationId: "turn-1", ifExists: "return" },
      },
    },
    getMessage: {
      kind: "asked",
      says: "The message; no result where there is none, or it or its thread is deleted.",
      parameters: { messageId },
      options: deleted,
      result: maybe(message),
      example: { messageId: "question-1" },
    },
    updateMessage: {
      kind: "recorded",
      says: "Edits content, parts, author or metadata, and sets updatedAt. NOT_FOUND where there is no such live message.",
      parameters: { messageId, patch: messagePatch },
      options: { expectedRevision },
      result: changed,
      example: {
        messageId: "question-1",
        patch: { content: { json: "Where is my refund for order 7?" }, parts: null },
      },
    },
    deleteMessage: {
      kind: "recorded",
      says: "Soft-deletes the message; its answers keep their parentId. false where there is no such live message.",
      parameters: { messageId },
      options: { expectedRevision },
      result: yesOrNo,
      example: { messageId: "question-1" },
    },
    restoreMessage: {
      kind: "recorded",
      says: "Undoes deleteMessage. Changes nothing on a live message. NOT_FOUND where there is none, or its thread is deleted.",
      parameters: { messageId },
      options: { expectedRevision },
      result: changed,
      example: { messageId: "question-1" },
    },
    listMessages: {
      kind: "asked",
      says: "The messages of a thread by createdAt, and at equal times in the order of writing; or, with leafId, one branch.",
      parameters: { threadId },
      options: listMessagesOptions,
      result: page(message),
      example: { threadId: "refund-1", options: { order: "desc", limit: 20 } },
    },
    getMessagesByExecution: {
      kind: "asked",
      says: "The messages of an execution, of all threads of the tenant, ordered as in listMessages.",
      parameters: { executionId: identifier("The run of an agent.") },
      options: { ...offsetOptions, includeDeleted, order: listMessagesOptions.order },
      result: page(message),
      example: { executionId: "run-9" },
    },
    countMessages: {
      kind: "asked",
      says: "How many messages listMessages would give over all its pages.",
      parameters: { threadId },
      options: deleted,
      result: plain(integer("So many.", 0)),
      example: { threadId: "refund-1" },
    },
  },
);
