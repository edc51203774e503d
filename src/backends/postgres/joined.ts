import { HoldfastError } from "../../contract/index.js";
import type { TransactionClient } from "../../contract/index.js";
import type { Engine } from "../../core/backend.js";
import { answerAll } from "./answer-all.js";
import { joinedBounds, joinedBoundsOnCitus } from "./bounds.js";
import { Database } from "./database.js";
import { JoinedDriver } from "./driver-joined.js";
import { StoreContext } from "./store-context.js";
import { Writer } from "./writer.js";

/** A store inside of the transaction that `client` has open. */
export function joinedBackend(whole: Engine, store: StoreContext, client: TransactionClient): Engine {
  const { names, role, isOnCitus } = store.database;
  const bounds = isOnCitus ? joinedBoundsOnCitus : joinedBounds;
  const database = new Database(new JoinedDriver(client), names, role, bounds);
  const joined = new StoreContext(database, store.hashKey, store.settings, store.cold);
  const writer = new Writer(joined);
  return {
    ...refusing,
    info: whole.info,
    hashKey: whole.hashKey,
    grouping: { lane: "store", inFlight: 1, commits: 1 },
    commit: (group) => writer.commit(group),
    read: (of, queries, call) => answerAll(joined, of, queries, call),
  };
}

/** All that takes several transactions, or waits for those of others. */
const refusing: Omit<Engine, "info" | "hashKey" | "grouping" | "commit" | "read"> = {
  archiveStep: refuse,
  evictStep: refuse,
  sweepStep: refuse,
  sweptUntil: refuse,
  noteSwept: refuse,
  sweepDryRun: refuse,
  listTenants: refuse,
  beginErasure: refuse,
  pendingErasures: refuse,
  eraseStep: refuse,
  stats: refuse,
  doctor: refuse,
  backup: refuse,
  migrate: refuse,
  healthCheck: refuse,
  close: refuse,
  connections: () => undefined,
  watch() {
    throw notHere();
  },
  using() {
    throw notHere();
  },
};

async function refuse(): Promise<never> {
  throw notHere();
}

function notHere(): HoldfastError {
  return new HoldfastError(
    "UNSUPPORTED",
    "That takes transactions of its own, so it cannot be done in one that you have open. Do it through the store itself.",
    { outcome: "none" },
  );
}
