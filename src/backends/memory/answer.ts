import type { Answer, ListErasures, Query } from "../../core/queries.js";
import { exportEntries, exportLogs, exportMessages, exportSnapshots, exportThreads } from "./exports.js";
import { getEntries, listEntries, listNamespaces } from "../../tables/kv.js";
import { loadArchivedEntries, loadEntries, logHead } from "../../tables/log.js";
import { countMessages, getMessage, listMessages, listMessagesByExecution } from "../../tables/messages.js";
import { getOperation } from "../../tables/operations.js";
import { getLatestState, listStateHistory } from "../../tables/state.js";
import { getThread, listThreads } from "../../tables/threads.js";
import { usage } from "./usage.js";
import { listUsers } from "./users.js";
import type { View } from "../../tables/view.js";

/** Answers one query of what a tenant holds; the receipts of erasures are not in it. */
export function answer(view: View, query: Exclude<Query, ListErasures>): Answer {
  switch (query.kind) {
    case "messages.getThread":
      return getThread(view, query);
    case "messages.listThreads":
      return listThreads(view, query);
    case "messages.getMessage":
      return getMessage(view, query);
    case "messages.listMessages":
      return listMessages(view, query);
    case "messages.getMessagesByExecution":
      return listMessagesByExecution(view, query);
    case "messages.countMessages":
      return countMessages(view, query);
    case "state.getLatest":
      return getLatestState(view, query);
    case "state.getHistory":
      return listStateHistory(view, query);
    case "kv.getMany":
      return getEntries(view, query);
    case "kv.list":
      return listEntries(view, query);
    case "kv.listNamespaces":
      return listNamespaces(view, query);
    case "log.loadSince":
      return loadEntries(view, query);
    case "log.loadArchived":
      return loadArchivedEntries(view, query);
    case "log.head":
      return logHead(view, query);
    case "operations.get":
      return getOperation(view, query);
    case "tenant.listUsers":
      return listUsers(view, query);
    case "tenant.usage":
      return usage(view);
    case "export.threads":
      return exportThreads(view, query);
    case "export.messages":
      return exportMessages(view, query);
    case "export.snapshots":
      return exportSnapshots(view, query);
    case "export.entries":
      return exportEntries(view, query);
    case "export.logs":
      return exportLogs(view, query);
  }
}
