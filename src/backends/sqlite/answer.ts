import type { ReadCall } from "../../core/backend.js";
import type { Answer, Query } from "../../core/queries.js";
import type { Connection } from "./connection.js";
import { getEntries, listEntries } from "./kv.js";
import { getLogHead, loadArchivedEntries, loadEntries } from "./log.js";
import { countMessages, getMessage, listMessages, listMessagesByExecution } from "./messages.js";
import { listNamespaces } from "./namespaces.js";
import { getOperation } from "./operations.js";
import { getLatestState, listStateHistory } from "./state.js";
import type { History } from "./state.js";
import { getThread, listThreads } from "./threads.js";
import { listUsers } from "./users.js";

/** Answers one query, inside the snapshot that is open. */
export function answer(db: Connection, tid: number, query: Query, history: History, { now }: ReadCall): Answer {
  switch (query.kind) {
    case "messages.getThread":
      return getThread(db, tid, query);
    case "messages.listThreads":
      return listThreads(db, tid, query);
    case "messages.getMessage":
      return getMessage(db, tid, query);
    case "messages.listMessages":
      return listMessages(db, tid, query);
    case "messages.getMessagesByExecution":
      return listMessagesByExecution(db, tid, query);
    case "messages.countMessages":
      return countMessages(db, tid, query);
    case "state.getLatest":
      return getLatestState(db, tid, query, history, now);
    case "state.getHistory":
      return listStateHistory(db, tid, query, history, now);
    case "kv.getMany":
      return getEntries(db, tid, query, now);
    case "kv.list":
      return listEntries(db, tid, query, now);
    case "kv.listNamespaces":
      return listNamespaces(db, tid, query, now);
    case "log.loadSince":
      return loadEntries(db, tid, query);
    case "log.loadArchived":
      return loadArchivedEntries(db, tid, query);
    case "log.head":
      return getLogHead(db, tid, query);
    case "operations.get":
      return getOperation(db, tid, query, now);
    case "tenant.listUsers":
      return listUsers(db, tid, query);
  }
}
