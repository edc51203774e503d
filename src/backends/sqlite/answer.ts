import type { Answer, Query } from "../../core/queries.js";
import { listErasures } from "./erasure-receipts.js";
import { exportEntries, exportLogs, exportMessages, exportSnapshots, exportThreads } from "./exports.js";
import { getEntries, listEntries } from "./kv.js";
import { getLogHead, loadArchivedEntries, loadEntries } from "./log.js";
import { countMessages, getMessage, listMessages, listMessagesByExecution } from "./messages.js";
import { listNamespaces } from "./namespaces.js";
import { getOperation } from "./operations.js";
import type { Snapshot } from "./snapshot.js";
import { getLatestState, listStateHistory } from "./state.js";
import { getThread, listThreads } from "./threads.js";
import { measureUsage } from "./usage.js";
import { listUsers } from "./users.js";

/** Answers one query, inside the snapshot that is open. */
export function answer(from: Snapshot, query: Query): Answer {
  switch (query.kind) {
    case "messages.getThread":
      return getThread(from, query);
    case "messages.listThreads":
      return listThreads(from, query);
    case "messages.getMessage":
      return getMessage(from, query);
    case "messages.listMessages":
      return listMessages(from, query);
    case "messages.getMessagesByExecution":
      return listMessagesByExecution(from, query);
    case "messages.countMessages":
      return countMessages(from, query);
    case "state.getLatest":
      return getLatestState(from, query);
    case "state.getHistory":
      return listStateHistory(from, query);
    case "kv.getMany":
      return getEntries(from, query);
    case "kv.list":
      return listEntries(from, query);
    case "kv.listNamespaces":
      return listNamespaces(from, query);
    case "log.loadSince":
      return loadEntries(from, query);
    case "log.loadArchived":
      return loadArchivedEntries(from, query);
    case "log.head":
      return getLogHead(from, query);
    case "operations.get":
      return getOperation(from, query);
    case "tenant.listUsers":
      return listUsers(from, query);
    case "tenant.listErasures":
      return listErasures(from, query);
    case "tenant.usage":
      return measureUsage(from.db, from.tenantId);
    case "export.threads":
      return exportThreads(from, query);
    case "export.messages":
      return exportMessages(from, query);
    case "export.snapshots":
      return exportSnapshots(from, query);
    case "export.entries":
      return exportEntries(from, query);
    case "export.logs":
      return exportLogs(from, query);
  }
}

/** Whether queries need a transaction to be answered from one snapshot. One that takes a single statement does not. */
export function needsTransaction(queries: readonly Query[]): boolean {
  const [query] = queries;
  return query === undefined || queries.length > 1 || !takesOneStatement(query);
}

function takesOneStatement(query: Query): boolean {
  switch (query.kind) {
    case "messages.getThread":
    case "messages.getMessage":
    case "operations.get":
      return true;
    case "kv.getMany":
      return query.keys.length === 1;
    case "state.getLatest":
      return query.atTime === undefined && query.atRevision === undefined;
    default:
      return false;
  }
}
