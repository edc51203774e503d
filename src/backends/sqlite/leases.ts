import type { Fence } from "../../contract/index.js";
import type { AcquireLease, LeaseResult, ReleaseLease, RenewLease } from "../../core/operations.js";
import { leaseHeld, leaseLost } from "../../core/refusals.js";
import type { Transaction } from "./transaction.js";

export const leaseStatements = {
  find: "SELECT token, expires_at FROM leases WHERE tid = ? AND user_id = ? AND name = ?",
  byToken: "SELECT name, expires_at FROM leases WHERE tid = ? AND token = ?",
  put: "INSERT INTO leases (tid, user_id, name, token, expires_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (tid, user_id, name) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at",
  renew: "UPDATE leases SET expires_at = ? WHERE tid = ? AND token = ?",
  release: "DELETE FROM leases WHERE tid = ? AND token = ?",
} as const;

type StoredLease = readonly [token: number, expiresAt: number];

export function acquireLease(tx: Transaction, { name, ttlMs }: AcquireLease): LeaseResult {
  const scope = tx.userId ?? noUser;
  const [, heldUntil] = tx.db.get<StoredLease>(leaseStatements.find, tx.tid, scope, name) ?? [0, 0];
  if (heldUntil > tx.now) throw leaseHeld(name, heldUntil);
  const tid = tx.tidForWriting();
  const token = tx.nextRevision();
  const expiresAt = tx.now + ttlMs;
  tx.db.run(leaseStatements.put, tid, scope, name, token, expiresAt);
  noteSubjects(tx, name);
  return { name, token, expiresAt };
}

export function renewLease(tx: Transaction, { name, token, ttlMs }: RenewLease): LeaseResult {
  if (!isOwn(tx, { name, token })) throw leaseLost(name);
  noteSubjects(tx, name);
  const expiresAt = tx.now + ttlMs;
  tx.db.run(leaseStatements.renew, expiresAt, tx.tidForWriting(), token);
  return { name, token, expiresAt };
}

export function releaseLease(tx: Transaction, { name, token }: ReleaseLease): boolean {
  if (!isOwn(tx, { name, token })) return false;
  noteSubjects(tx, name);
  tx.db.run(leaseStatements.release, tx.tidForWriting(), token);
  return true;
}

/** Refuses with `CONFLICT` unless the lease is held with that token, in whichever scope of the tenant. */
export function checkFence(tx: Transaction, { name, token }: Fence): void {
  const [held, expiresAt = 0] = tx.db.get<[string, number]>(leaseStatements.byToken, tx.tid, token) ?? [];
  if (held !== name || expiresAt <= tx.now) throw leaseLost(name);
}

/** A lease may be named after a thread: then erasing that has to find the record. */
function noteSubjects(tx: Transaction, name: string): void {
  tx.subjects?.addThread(name, tx.userId);
}

function isOwn(tx: Transaction, { name, token }: Fence): boolean {
  const [held, expiresAt = 0] = tx.db.get<StoredLease>(leaseStatements.find, tx.tid, tx.userId ?? noUser, name) ?? [];
  return held === token && expiresAt > tx.now;
}

/** No user has this id: it stands for the tenant's own scope. */
const noUser = "";
