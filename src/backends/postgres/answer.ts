import type { Answer, Query } from "../../core/queries.js";
import { exportLogs } from "./export-logs.js";
import { exportEntries, exportSnapshots, exportThreads } from "./export-reads.js";
import { getEntries, listEntries } from "./kv-reads.js";
import { getLogHead, loadArchivedEntries, loadEntries } from "./log-reads.js";
import { countMessages, exportMessages, getMessage, listMessages, listMessagesByExecution } from "./message-reads.js";
import { listNamespaces } from "./namespace-reads.js";
import { getOperation } from "./operation-reads.js";
import type { Reading, ReadView } from "./reading.js";
import { listErasures } from "./receipt-reads.js";
import { getLatestState, listStateHistory } from "./state-reads.js";
import { getThread, listThreads } from "./thread-reads.js";
import { usage } from "./usage-reads.js";
import { listUsers } from "./user-reads.js";

/** What mostly needs more than one round, so that it is not tried in one. */
export const longKinds: ReadonlySet<Query["kind"]> = new Set(["export.logs"] as const);

/** How one query is answered. */
export function reading(view: ReadView, query: Query): Reading<Answer> {
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
      return getLogHead(view, query);
    case "operations.get":
      return getOperation(view, query);
    case "tenant.listUsers":
      return listUsers(view, query);
    case "tenant.listErasures":
      return listErasures(view, query);
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
