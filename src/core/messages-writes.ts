import type { Changed, Message, MessageRole, Thread } from "../contract/index.js";
import { epochMs, identifier, integer, invalid, oneOf, optional, record } from "./arguments.js";
import { encode, encodeJson, encodeObject, sizeOf } from "./codec.js";
import type {
  ChangeResult,
  CreateMessage,
  CreateThread,
  GetOrCreateThread,
  JsonText,
  MessageResult,
  Operation,
  ThreadResult,
  UpdateMessage,
  UpdateThread,
} from "./operations.js";
import { checkOwnUser } from "./own-user.js";
import { lookUp } from "./prepared.js";
import type { LookUp, Options, Prepared, Surroundings, ValueLimits } from "./prepared.js";
import { toMessage, toThread } from "./present.js";

/** The writes of `MessageStore`, from the caller's arguments to operations. Each throws where an argument is wrong. */

export const expectingOptions = ["expectedRevision"] as const;
export const createMessageOptions = ["ifExists"] as const;

export const roles: readonly MessageRole[] = ["user", "assistant", "system", "tool"];
const parentTypes = ["user_message", "step", "execution", "system"] as const;
const threadFields = ["id", "userId", "title", "metadata", "createdAt"];
const messageFields = [
  "id",
  "threadId",
  "role",
  "content",
  "parts",
  "authorId",
  "executionId",
  "parentId",
  "parentType",
  "metadata",
  "createdAt",
];

export function prepareCreateThread(around: Surroundings, input: unknown): Prepared<Thread> {
  const thread = record(input, "thread", threadFields);
  const id = optional(thread.id, "thread.id", identifier);
  const given = withoutAbsent({
    kind: "messages.createThread" as const,
    userId: checkOwnUser(around, identifier(thread.userId, "thread.userId"), "thread.userId"),
    title: optional(thread.title, "thread.title", (value, path) => encode(value, path, around.maxValueBytes)),
    metadata: optional(thread.metadata, "thread.metadata", (value, path) => metadata(around, value, path)),
    createdAt: optional(thread.createdAt, "thread.createdAt", epochMs),
  });
  const operation: CreateThread = { ...given, id: id ?? around.makeId() };
  return {
    operation,
    compared: { ...given, id },
    bytes: sizeOf(given.title) + sizeOf(given.metadata),
    id: operation.id,
    present: (result: ThreadResult) => toThread(result.existing ?? { ...operation, ...result }),
    lookUp: lookUpThread,
  };
}

export function prepareGetOrCreateThread(around: Surroundings, userId: unknown): Prepared<Thread> {
  const user = checkOwnUser(around, identifier(userId, "userId"), "userId");
  const given = { kind: "messages.getOrCreateThread" as const, userId: user };
  const operation: GetOrCreateThread = { ...given, id: around.makeId() };
  return {
    operation,
    compared: given,
    bytes: 0,
    present: (result: ThreadResult) => toThread(result.existing ?? { ...operation, ...result }),
    lookUp: lookUpThread,
  };
}

export function prepareUpdateThread(
  around: Surroundings,
  threadId: unknown,
  input: unknown,
  options: Options,
): Prepared<Changed> {
  const patch = record(input, "patch", ["title", "metadata"]);
  const operation: UpdateThread = withoutAbsent({
    kind: "messages.updateThread" as const,
    id: identifier(threadId, "threadId"),
    title: cleared(patch.title, "patch.title", (value, path) => encode(value, path, around.maxValueBytes)),
    metadata: cleared(patch.metadata, "patch.metadata", (value, path) => metadata(around, value, path)),
    expectedRevision: expectedRevision(options),
  });
  return change(operation, sizeOf(operation.title) + sizeOf(operation.metadata));
}

export function prepareDeleteThread(threadId: unknown, options: Options): Prepared<boolean> {
  return deletion({ kind: "messages.deleteThread", id: identifier(threadId, "threadId"), ...expecting(options) });
}

export function prepareRestoreThread(threadId: unknown, options: Options): Prepared<Changed> {
  return change({ kind: "messages.restoreThread", id: identifier(threadId, "threadId"), ...expecting(options) }, 0);
}

export function prepareCreateMessage(around: Surroundings, input: unknown, options: Options): Prepared<Message> {
  const message = record(input, "message", messageFields);
  const id = optional(message.id, "message.id", identifier);
  const content = message.content === undefined ? "" : message.content;
  const given = withoutAbsent({
    kind: "messages.createMessage" as const,
    threadId: identifier(message.threadId, "message.threadId"),
    role: oneOf(message.role, "message.role", roles),
    content: encode(content, "message.content", around.maxValueBytes),
    parts: optional(message.parts, "message.parts", (value, path) => parts(around, value, path)),
    authorId: optional(message.authorId, "message.authorId", identifier),
    executionId: optional(message.executionId, "message.executionId", identifier),
    ...parent(message, "message"),
    metadata: optional(message.metadata, "message.metadata", (value, path) => metadata(around, value, path)),
    createdAt: optional(message.createdAt, "message.createdAt", epochMs),
    ifExists:
      optional(options.ifExists, "options.ifExists", (value, path) => oneOf(value, path, ["fail", "return"])) ?? "fail",
  });
  const operation: CreateMessage = { ...given, id: id ?? around.makeId() };
  return {
    operation,
    compared: { ...given, id },
    bytes: sizeOf(given.content) + sizeOf(given.parts) + sizeOf(given.metadata),
    id: operation.id,
    present: (result: MessageResult) => toMessage(result.existing ?? { ...operation, ...result }),
    lookUp: lookUpMessage,
  };
}

export function prepareUpdateMessage(
  around: Surroundings,
  messageId: unknown,
  input: unknown,
  options: Options,
): Prepared<Changed> {
  const patch = record(input, "patch", ["content", "parts", "authorId", "metadata"]);
  const operation: UpdateMessage = withoutAbsent({
    kind: "messages.updateMessage" as const,
    id: identifier(messageId, "messageId"),
    content: optional(patch.content, "patch.content", (value, path) => encode(value ?? "", path, around.maxValueBytes)),
    parts: cleared(patch.parts, "patch.parts", (value, path) => parts(around, value, path)),
    authorId: cleared(patch.authorId, "patch.authorId", identifier),
    metadata: cleared(patch.metadata, "patch.metadata", (value, path) => metadata(around, value, path)),
    expectedRevision: expectedRevision(options),
  });
  return change(operation, sizeOf(operation.content) + sizeOf(operation.parts) + sizeOf(operation.metadata));
}

export function prepareDeleteMessage(messageId: unknown, options: Options): Prepared<boolean> {
  return deletion({ kind: "messages.deleteMessage", id: identifier(messageId, "messageId"), ...expecting(options) });
}

export function prepareRestoreMessage(messageId: unknown, options: Options): Prepared<Changed> {
  return change({ kind: "messages.restoreMessage", id: identifier(messageId, "messageId"), ...expecting(options) }, 0);
}

/** A write that answers `true`, or `false` where there was nothing to delete. */
export function deletion(operation: Operation): Prepared<boolean> {
  return { operation, compared: operation, bytes: 0, present: (deleted: boolean) => deleted };
}

export function expecting(options: Options): { readonly expectedRevision?: number } {
  const expected = expectedRevision(options);
  return expected === undefined ? {} : { expectedRevision: expected };
}

/** Drops the fields that are `undefined`. */
export function withoutAbsent<T extends object>(fields: T): WithoutUndefined<T> {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as WithoutUndefined<T>;
}

type WithoutUndefined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

function change(operation: Operation, bytes: number): Prepared<Changed> {
  return { operation, compared: operation, bytes, present: (result: ChangeResult) => ({ ...result }) };
}

function expectedRevision(options: Options): number | undefined {
  return optional(options.expectedRevision, "options.expectedRevision", (value, path) => integer(value, path, 0));
}

/** `null`, and what is stored as nothing (an empty object or list), clear a field; `undefined` leaves it. */
function cleared<T>(
  value: unknown,
  path: string,
  check: (value: unknown, path: string) => T,
): NonNullable<T> | null | undefined {
  if (value === undefined) return undefined;
  return value === null ? null : (check(value, path) ?? null);
}

export function metadata(around: ValueLimits, value: unknown, path: string): JsonText | undefined {
  const text = encodeObject(value, path, around.maxValueBytes);
  return text === "{}" ? undefined : text;
}

export function parts(around: ValueLimits, value: unknown, path: string): JsonText | undefined {
  if (!Array.isArray(value)) throw invalid(path, "must be an array of parts.");
  const text = encodeJson(value, path, around.maxValueBytes);
  for (const [index, part] of (value as unknown[]).entries()) {
    const type = typeof part === "object" && part !== null ? (part as { type?: unknown }).type : undefined;
    if (typeof type !== "string") throw invalid(`${path}[${index}].type`, 'must be a string, such as "text".');
  }
  return text === "[]" ? undefined : text;
}

/** The parent that a message names. `path` is where the message is. */
export function parent(message: Options, path: string): Pick<CreateMessage, "parentId" | "parentType"> {
  const parentId = optional(message.parentId, `${path}.parentId`, identifier);
  const parentType = optional(message.parentType, `${path}.parentType`, (value, at) => oneOf(value, at, parentTypes));
  if (parentId !== undefined) return { parentId, parentType: parentType ?? "user_message" };
  if (parentType === undefined) return {};
  if (parentType !== "system") throw invalid(`${path}.parentId`, `must be given with the parentType "${parentType}".`);
  return { parentType };
}

function lookUpThread(result: ThreadResult): LookUp<Thread> | undefined {
  if (typeof result !== "object" || typeof result.id !== "string") return undefined;
  const query = { kind: "messages.getThread", id: result.id, includeDeleted: true } as const;
  return lookUp(query, (row) => row && toThread(row));
}

function lookUpMessage(result: MessageResult): LookUp<Message> | undefined {
  if (typeof result !== "object" || typeof result.id !== "string") return undefined;
  const query = { kind: "messages.getMessage", id: result.id, includeDeleted: true } as const;
  return lookUp(query, (row) => row && toMessage(row));
}
