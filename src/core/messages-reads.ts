import type { Message, Page, Thread } from "../contract/index.js";
import { flag, identifier, invalid, oneOf, optional } from "./arguments.js";
import { isForeign } from "./own-user.js";
import { checkPaging, noPage, offsetOptions, toPage } from "./pages.js";
import type { ListIdentity } from "./pages.js";
import { asked } from "./prepared.js";
import type { Scope } from "./backend.js";
import type { Asked, Options } from "./prepared.js";
import { toMessage, toThread } from "./present.js";
import type { TimePosition } from "./queries.js";

/** The reads of `MessageStore`, from the caller's arguments to queries. Each throws where an argument is wrong. */

export const deletedOptions = ["includeDeleted"] as const;
export const listThreadsOptions: readonly string[] = [...offsetOptions, "includeDeleted", "orderBy", "order"];
export const listMessagesOptions: readonly string[] = [...offsetOptions, "includeDeleted", "order", "leafId"];
export const executionOptions: readonly string[] = [...offsetOptions, "includeDeleted", "order"];

export function askThread(threadId: unknown, options: Options): Asked<Thread | undefined> {
  const query = {
    kind: "messages.getThread" as const,
    id: identifier(threadId, "threadId"),
    includeDeleted: deleted(options),
  };
  return asked(query, (row) => row && toThread(row));
}

export function askThreads(around: Scope, userId: unknown, options: Options): Asked<Page<Thread>> {
  const of = {
    userId: identifier(userId, "userId"),
    orderBy:
      optional(options.orderBy, "options.orderBy", (value, path) => oneOf(value, path, ["updatedAt", "createdAt"])) ??
      "updatedAt",
    order: order(options) ?? "desc",
    includeDeleted: deleted(options),
  };
  if (of.orderBy === "updatedAt" && of.order === "asc") {
    throw invalid(
      "options.order",
      'must be "desc" by updatedAt: threads that are touched meanwhile would come again. Use orderBy: "createdAt".',
    );
  }
  const list = timeList(around, "messages.listThreads", of);
  if (isForeign(around, of.userId)) return noPage(options, list);
  const paging = checkPaging<TimePosition>(options, list);
  return toPage(list, { kind: "messages.listThreads", ...of, ...paging }, toThread);
}

export function askMessage(messageId: unknown, options: Options): Asked<Message | undefined> {
  const query = {
    kind: "messages.getMessage" as const,
    id: identifier(messageId, "messageId"),
    includeDeleted: deleted(options),
  };
  return asked(query, (row) => row && toMessage(row));
}

export function askMessages(around: Scope, threadId: unknown, options: Options): Asked<Page<Message>> {
  const leafId = optional(options.leafId, "options.leafId", identifier);
  const of = {
    threadId: identifier(threadId, "threadId"),
    order: order(options) ?? "asc",
    includeDeleted: deleted(options),
    ...(leafId !== undefined && { leafId }),
  };
  const list = timeList(around, "messages.listMessages", of);
  const paging = checkPaging<TimePosition>(options, list);
  return toPage(list, { kind: "messages.listMessages", ...of, ...paging }, toMessage);
}

export function askMessagesByExecution(around: Scope, executionId: unknown, options: Options): Asked<Page<Message>> {
  const of = {
    executionId: identifier(executionId, "executionId"),
    order: order(options) ?? "asc",
    includeDeleted: deleted(options),
  };
  const list = timeList(around, "messages.getMessagesByExecution", of);
  const paging = checkPaging<TimePosition>(options, list);
  return toPage(list, { kind: "messages.getMessagesByExecution", ...of, ...paging }, toMessage);
}

export function askMessageCount(threadId: unknown, options: Options): Asked<number> {
  const query = {
    kind: "messages.countMessages" as const,
    threadId: identifier(threadId, "threadId"),
    includeDeleted: deleted(options),
  };
  return asked(query, (count) => count);
}

function timeList(around: Scope, kind: string, of: object): ListIdentity {
  return { kind, within: around, of: Object.values(of), shape: ["number", "number"] };
}

function deleted(options: Options): boolean {
  return optional(options.includeDeleted, "options.includeDeleted", flag) ?? false;
}

export function order(options: Options): "asc" | "desc" | undefined {
  return optional(options.order, "options.order", (value, path) => oneOf(value, path, ["asc", "desc"]));
}
