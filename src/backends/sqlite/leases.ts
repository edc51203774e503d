import type { Fence } from "../../contract/index.js";
import type { AcquireLease, LeaseResult, ReleaseLease, RenewLease } from "../../core/operations.js";
import { leaseHeld, leaseLost } from "../../core/refusals.js";
import { checksumOf, damagedRow, mixed } from "./row-checksum.js";
import type { Transaction } from "./transaction.js";

export const leaseColumns = "tid, user_id, name, token, expires_at, checksum";

export const leaseStatements: Readonly<Record<"find" | "byToken" | "put" | "renew" | "release", string>> = {
  find: `SELECT ${leaseColumns} FROM leases WHERE tid = ? AND user_id = ? AND name = ?`,
  byToken: `SELECT ${leaseColumns} FROM leases WHERE tid = ? AND token = ?`,
  put: "INSERT INTO leases (tid, user_id, name, token, expires_at, checksum) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tid, user_id, name) DO UPDATE SET token = excluded.token, expires_at = excluded.expires_at, checksum = excluded.checksum",
  renew: "UPDATE leases SET expires_at = ?, checksum = ? WHERE tid = ? AND token = ?",
  release: "DELETE FROM leases WHERE tid = ? AND token = ?",
};

type LeaseFields = readonly [tid: number, userId: string, name: string, token: number, expiresAt: number];
export type LeaseColumns = readonly [...fields: LeaseFields, checksum: number];

export function acquireLease(tx: Transaction, { name, ttlMs }: AcquireLease): LeaseResult {
  const scope = tx.userId ?? noUser;
  const held = checked(tx.db.get<LeaseColumns>(leaseStatements.find, tx.tid, scope, name));
  if (held !== undefined && held[4] > tx.now) throw leaseHeld(name, held[4]);
  const tid = tx.tidForWriting();
  const token = tx.nextRevision();
  const expiresAt = tx.now + ttlMs;
  const fields = [tid, scope, name, token, expiresAt] as const;
  tx.db.run(leaseStatements.put, ...fields, leaseChecksum(fields));
  noteSubjects(tx, name);
  return { name, token, expiresAt };
}

export function renewLease(tx: Transaction, { name, token, ttlMs }: RenewLease): LeaseResult {
  const own = ownLease(tx, { name, token });
  if (own === undefined) throw leaseLost(name);
  noteSubjects(tx, name);
  const expiresAt = tx.now + ttlMs;
  const checksum = leaseChecksum([own[0], own[1], own[2], own[3], expiresAt]);
  tx.db.run(leaseStatements.renew, expiresAt, checksum, tx.tidForWriting(), token);
  return { name, token, expiresAt };
}

export function releaseLease(tx: Transaction, { name, token }: ReleaseLease): boolean {
  if (ownLease(tx, { name, token }) === undefined) return false;
  noteSubjects(tx, name);
  tx.db.run(leaseStatements.release, tx.tidForWriting(), token);
  return true;
}

/** Refuses with `CONFLICT` unless the lease is held with that token, in whichever scope of the tenant. */
export function checkFence(tx: Transaction, { name, token }: Fence): void {
  const held = checked(tx.db.get<LeaseColumns>(leaseStatements.byToken, tx.tid, token));
  if (held === undefined || held[2] !== name || held[4] <= tx.now) throw leaseLost(name);
}

/** A lease may be named after a thread: then erasing that has to find the record. */
function noteSubjects(tx: Transaction, name: string): void {
  tx.subjects?.addThread(name, tx.userId);
}

/** The lease that is held in the scope of the commit, with that token. */
function ownLease(tx: Transaction, { name, token }: Fence): LeaseColumns | undefined {
  const held = checked(tx.db.get<LeaseColumns>(leaseStatements.find, tx.tid, tx.userId ?? noUser, name));
  return held !== undefined && held[3] === token && held[4] > tx.now ? held : undefined;
}

function checked(stored: LeaseColumns | undefined): LeaseColumns | undefined {
  if (stored !== undefined) checkLease(stored);
  return stored;
}

/** Throws where the row is damaged: two might hold the lease. */
export function checkLease(stored: LeaseColumns): void {
  if (stored[5] !== leaseChecksum(stored)) throw damagedRow("lease", stored[2]);
}

function leaseChecksum([tid, userId, name, token, expiresAt]: LeaseFields | LeaseColumns): number {
  return checksumOf(mixed(tid, token, expiresAt), `${userId}\0${name}\0`);
}

/** No user has this id: it stands for the tenant's own scope. */
const noUser = "";
