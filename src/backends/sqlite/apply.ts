import type { Operation, OperationResult } from "../../core/operations.js";
import { deleteEntry, putEntry } from "./kv.js";
import type { ColdTier } from "../../core/cold-tier.js";
import { importRow } from "./imports.js";
import { acquireLease, releaseLease, renewLease } from "./leases.js";
import { forkLog } from "./log-fork.js";
import { appendEvents } from "./log.js";
import { createMessage, deleteMessage, restoreMessage, updateMessage } from "./messages.js";
import { deleteState, upsertState } from "./state.js";
import { createThread, deleteThread, getOrCreateThread, restoreThread, updateThread } from "./threads.js";
import type { Transaction } from "./transaction.js";

/** Applies one operation, or throws its refusal, before it has written anything. */
export function apply(tx: Transaction, cold: ColdTier, operation: Operation): OperationResult {
  switch (operation.kind) {
    case "messages.createThread":
      return createThread(tx, operation);
    case "messages.updateThread":
      return updateThread(tx, operation);
    case "messages.deleteThread":
      return deleteThread(tx, operation);
    case "messages.restoreThread":
      return restoreThread(tx, operation);
    case "messages.getOrCreateThread":
      return getOrCreateThread(tx, operation);
    case "messages.createMessage":
      return createMessage(tx, operation);
    case "messages.updateMessage":
      return updateMessage(tx, operation);
    case "messages.deleteMessage":
      return deleteMessage(tx, operation);
    case "messages.restoreMessage":
      return restoreMessage(tx, operation);
    case "state.upsertLatest":
      return upsertState(tx, operation);
    case "state.delete":
      return deleteState(tx, operation);
    case "kv.put":
      return putEntry(tx, operation);
    case "kv.delete":
      return deleteEntry(tx, operation);
    case "log.append":
      return appendEvents(tx, operation);
    case "log.fork":
      return forkLog(tx, cold, operation);
    case "lease.acquire":
      return acquireLease(tx, operation);
    case "lease.renew":
      return renewLease(tx, operation);
    case "lease.release":
      return releaseLease(tx, operation);
    case "import.thread":
    case "import.message":
    case "import.snapshot":
    case "import.entry":
    case "import.log":
    case "import.events":
      return importRow(tx, cold, operation);
  }
}
