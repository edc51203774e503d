import type { EpochMs } from "../../contract/index.js";
import type { Answer, Query } from "../../core/queries.js";
import { getEntries, listEntries, listNamespaces } from "./kv.js";
import { loadArchivedEntries, loadEntries, logHead } from "./log.js";
import { countMessages, getMessage, listMessages, listMessagesByExecution } from "./messages.js";
import { getOperation } from "./operations.js";
import type { Tables } from "./schema.js";
import { getLatestState, listStateHistory } from "./state.js";
import type { History } from "./state.js";
import { getThread, listThreads } from "./threads.js";
import { listUsers } from "./users.js";

/** Answers one query as of `now`. */
export function answer(tables: Tables, query: Query, history: History, now: EpochMs): Answer {
  switch (query.kind) {
    case "messages.getThread":
      return getThread(tables, query);
    case "messages.listThreads":
      return listThreads(tables, query);
    case "messages.getMessage":
      return getMessage(tables, query);
    case "messages.listMessages":
      return listMessages(tables, query);
    case "messages.getMessagesByExecution":
      return listMessagesByExecution(tables, query);
    case "messages.countMessages":
      return countMessages(tables, query);
    case "state.getLatest":
      return getLatestState(tables, query, history, now);
    case "state.getHistory":
      return listStateHistory(tables, query, history, now);
    case "kv.getMany":
      return getEntries(tables, query, now);
    case "kv.list":
      return listEntries(tables, query, now);
    case "kv.listNamespaces":
      return listNamespaces(tables, query, now);
    case "log.loadSince":
      return loadEntries(tables, query);
    case "log.loadArchived":
      return loadArchivedEntries(tables, query);
    case "log.head":
      return logHead(tables, query);
    case "operations.get":
      return getOperation(tables, query, now);
    case "tenant.listUsers":
      return listUsers(tables, query);
  }
}
