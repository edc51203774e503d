import { HoldfastError, limits } from "../../contract/index.js";
import { describe, identifier, integer, invalid, key, namespace, optional } from "../../core/arguments.js";
import type { Scope } from "../../core/backend.js";
import { askEntries, askKeys, askNamespaces, askValues } from "../../core/kv-reads.js";
import { askArchived, askEntriesSince, askLogHead } from "../../core/log-reads.js";
import {
  askMessage,
  askMessageCount,
  askMessages,
  askMessagesByExecution,
  askThread,
  askThreads,
} from "../../core/messages-reads.js";
import { checkPosition, Position } from "../../core/pages.js";
import type { PositionShape } from "../../core/pages.js";
import type { Options } from "../../core/prepared.js";
import type {
  ExportKvEntries,
  ExportLogs,
  ExportMessages,
  ExportRows,
  ExportSnapshots,
  ExportThreads,
  GetOperation,
  Query,
} from "../../core/queries.js";
import { askHistory, askLatest } from "../../core/state-reads.js";
import { askErasures, askOperation, askUsage, askUsers } from "../../core/tenant-reads.js";
import { checkDigest } from "./commits.js";

/**
 * Checks a query that a client has prepared, as if the contract's method had been called here. `undefined` where what it asks
 * about does not exist for whoever asks.
 */
export function askQuery(of: Scope, value: unknown, path: string): Query | undefined {
  if (typeof value !== "object" || value === null) throw invalid(path, `must be an object; got ${describe(value)}.`);
  const { kind, after, ...fields } = value as Options;
  const ask = askers[kind as Query["kind"]];
  if (!Object.hasOwn(askers, String(kind)) || ask === undefined) {
    throw invalid(`${path}.kind`, `is not known here; got ${describe(kind)}.`);
  }
  if (of.userId !== undefined && /^(tenant|export)\./.test(String(kind))) {
    throw new HoldfastError("FORBIDDEN", `${String(kind)} is about a whole tenant, and not about one user's stores.`);
  }
  return ask(of, fields, after);
}

type Ask = (of: Scope, fields: Options, after: unknown) => Query | undefined;

const askers: { readonly [K in Query["kind"]]: Ask } = {
  "messages.getThread": (_, { id, ...options }) => askThread(id, options).query,
  "messages.listThreads": (of, { userId, ...options }, after) => askThreads(of, userId, paged(options, after)).query,
  "messages.getMessage": (_, { id, ...options }) => askMessage(id, options).query,
  "messages.listMessages": (of, { threadId, ...options }, after) =>
    askMessages(of, threadId, paged(options, after)).query,
  "messages.getMessagesByExecution": (of, { executionId, ...options }, after) =>
    askMessagesByExecution(of, executionId, paged(options, after)).query,
  "messages.countMessages": (_, { threadId, ...options }) => askMessageCount(threadId, options).query,
  "state.getLatest": (of, { userId, atTime, atRevision }) =>
    askLatest(of, userId, { at: atRevision === undefined ? atTime : { revision: atRevision } }).query,
  "state.getHistory": (of, { userId, ...options }, after) => askHistory(of, userId, paged(options, after)).query,
  "kv.getMany": (_, { namespace, keys }) => askValues(namespace, keys).query,
  "kv.list": (of, { namespace, values, ...options }, after) => {
    const ask = values === true ? askEntries : askKeys;
    return ask(of, namespace, paged(options, after)).query;
  },
  "kv.listNamespaces": (of, { prefix, ...options }, after) => askNamespaces(of, prefix, paged(options, after)).query,
  "log.loadSince": (of, { threadId, cursor, ...options }, after) =>
    askEntriesSince(of, threadId, cursor, paged(options, after)).query,
  "log.loadArchived": (of, { threadId, cursor, ...options }, after) =>
    askArchived(of, threadId, { ...paged(options, after), after: cursor }).query,
  "log.head": (_, { threadId }) => askLogHead(threadId).query,
  "operations.get": (_, { operationId, hash }) => {
    const compared = optional(hash, "hash", checkDigest);
    return { ...(askOperation(operationId).query as GetOperation), ...(compared !== undefined && { hash: compared }) };
  },
  "tenant.listUsers": (of, options, after) => askUsers(of, paged(options, after)).query,
  "tenant.listErasures": (of, options, after) => askErasures(of, paged(options, after)).query,
  "tenant.usage": () => askUsage().query,
  "export.threads": (_, { ofUser, limit }, after) => ({
    kind: "export.threads",
    ...exporting<ExportThreads>(ofUser, limit, after, ["string", "number", "number"]),
  }),
  "export.messages": (_, { threadId, limit }, after) => ({
    kind: "export.messages",
    threadId: identifier(threadId, "threadId"),
    ...exporting<ExportMessages>(undefined, limit, after, ["number", "number"]),
  }),
  "export.snapshots": (_, { ofUser, limit }, after) => ({
    kind: "export.snapshots",
    ...exporting<ExportSnapshots>(ofUser, limit, after, ["string", "number"]),
  }),
  "export.entries": (_, { ofUser, limit }, after) => {
    const [ns, name] = Array.isArray(after) ? (after as unknown[]) : [];
    return {
      kind: "export.entries",
      ...exporting<ExportKvEntries>(ofUser, limit, undefined, []),
      ...(after !== undefined && { after: [namespace(ns, "after[0]"), key(name, "after[1]")] }),
    };
  },
  "export.logs": (_, { ofUser, limit }, after) => ({
    kind: "export.logs",
    ...exporting<ExportLogs>(ofUser, limit, after, ["string"]),
  }),
};

/** The options of a list that goes on behind a position, if there is one. It was skipped to once. */
function paged({ offset, ...options }: Options, after: unknown): Options {
  return after === undefined ? { ...options, offset } : { ...options, cursor: new Position(after) };
}

function exporting<Q extends ExportRows>(
  ofUser: unknown,
  limit: unknown,
  after: unknown,
  shape: PositionShape,
): { readonly limit: number; readonly ofUser?: string; readonly after?: NonNullable<Q["after"]> } {
  const user = optional(ofUser, "ofUser", identifier);
  return {
    limit: integer(limit, "limit", 1, limits.pageItems),
    ...(user !== undefined && { ofUser: user }),
    ...(after !== undefined && { after: checkPosition(after, shape) as NonNullable<Q["after"]> }),
  };
}
