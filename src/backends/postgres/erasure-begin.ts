import type { NewErasure, PendingErasure } from "../../core/backend.js";
import { subjectHash } from "../../core/subject-hash.js";
import { ownersOnly } from "./across-tenants.js";
import { addTombstones, buryThreads } from "./burials.js";
import type { SqlResult, Statement } from "./driver.js";
import { addErasure, findPending, toErasure } from "./erasure-rows.js";
import type { BegunErasure, Bounds } from "./erasure-rows.js";
import type { Locked, StoreContext } from "./store-context.js";
import { erasuresKey } from "./tenant-keys.js";
import { setTenant } from "./bounds.js";
import { statement } from "./transaction.js";
import type { DatabaseTransaction } from "./transaction.js";

/** Records an erasure, and closes what is to be erased for all who write. */
export function beginErasure(store: StoreContext, given: NewErasure): Promise<PendingErasure> {
  const begin = (tx: DatabaseTransaction, locked: Locked): Promise<PendingErasure> => begun(store, tx, locked, given);
  const isOfTenant = given.kind === "tenant";
  const work = store.lockTenant(given.tenantId, () => [], undefined, begin, isOfTenant ? "owner" : "role");
  return store.begins.track(isOfTenant ? ownersOnly(store.database, work) : work);
}

/** Where one of the same subject is under way, that one goes on. */
async function begun(
  { hashKey }: StoreContext,
  tx: DatabaseTransaction,
  locked: Locked,
  given: NewErasure,
): Promise<PendingErasure> {
  const { kind, tenantId, subjectId } = given;
  const { tid } = locked;
  const key = erasuresKey(hashKey, tenantId);
  const subject =
    kind === "tenant" ? subjectHash(hashKey, kind, tenantId) : subjectHash(hashKey, kind, tenantId, subjectId);
  const [, found, , log, operation] = await tx.run([
    setTenant(key),
    findPending(key, tid, kind, subject),
    setTenant(tid),
    statement(lastLog, tid, subjectId),
    statement(lastOperation, tid),
  ]);
  const pending = toErasure(found);
  if (pending !== undefined) return { id: pending.id, kind, tenantId };
  const erasure = { key, tid, subject, bounds: boundsOf(locked, log, operation) };
  const [add, note] = [addErasure(given, erasure), closing[kind](given, erasure, locked)];
  await tx.commit([setTenant(key), ...add, setTenant(tid), ...note]);
  return { id: given.id, kind, tenantId };
}

/** Where sweeping removes a thread meanwhile, its log becomes one of the user's own. */
const lastLog = `SELECT max(last) FROM (SELECT max(thread_id) AS last FROM @logs WHERE tenant_id = $1 AND user_id = $2
UNION ALL SELECT max(thread_id) FROM @threads WHERE tenant_id = $1 AND user_id = $2) AS logs`;

const lastOperation = `SELECT user_id, operation_id FROM @operations WHERE tenant_id = $1
ORDER BY user_id DESC, operation_id DESC LIMIT 1`;

function boundsOf({ counters }: Locked, log: SqlResult | undefined, operation: SqlResult | undefined): Bounds {
  const [threadId] = log?.rows[0] ?? [];
  const [scope, operationId] = operation?.rows[0] ?? [];
  return {
    sequence: counters.sequence,
    revision: counters.revision,
    log: String(threadId ?? ""),
    operation: [String(scope ?? ""), String(operationId ?? "")],
  };
}

type Closing = (given: NewErasure, begun: BegunErasure, locked: Locked) => readonly Statement[];

const closing: Readonly<Record<NewErasure["kind"], Closing>> = {
  user: (_, { tid, subject }) => [noteErased(tid), addTombstones(tid, "user", [subject])],
  thread: ({ subjectId }, { tid }, { hash }) => [noteErased(tid), ...buryThreads(tid, hash, [subjectId])],
  // Its name is free from now on, so that it can start anew while its rows go.
  tenant: ({ tenantId }, { tid, bounds }) => [
    statement(close, tid, bounds.revision, bounds.sequence),
    statement("DELETE FROM @tenants WHERE name = $1 AND tenant_id = $2", tenantId, tid),
    statement("DELETE FROM @progress WHERE value = $1", tenantId),
  ],
};

function noteErased(tid: string): Statement {
  return statement("UPDATE @counters SET has_erased = true WHERE tenant_id = $1", tid);
}

/** Also where nothing was ever stored, so that whoever is about to does not do so under this key. */
const close = `INSERT INTO @counters (tenant_id, revision, sequence, has_erased, is_closed) VALUES ($1, $2, $3, true, true)
ON CONFLICT (tenant_id) DO UPDATE SET is_closed = true`;
