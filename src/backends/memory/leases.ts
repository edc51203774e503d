import type { Fence } from "../../contract/index.js";
import type { AcquireLease, LeaseResult, ReleaseLease, RenewLease } from "../../core/operations.js";
import { leaseHeld, leaseLost } from "../../core/refusals.js";
import { scopeName, unordered } from "./schema.js";
import type { Transaction } from "./transaction.js";
import type { View } from "./view.js";

export function acquireLease(tx: Transaction, operation: AcquireLease): LeaseResult {
  const { name, ttlMs } = operation;
  const held = heldLease(tx, name);
  if (held !== undefined) throw leaseHeld(name, held.expiresAt);
  touchLease(tx, name);
  return storeLease(tx, { name, token: tx.nextRevision(), expiresAt: tx.now + ttlMs });
}

export function renewLease(tx: Transaction, operation: RenewLease): LeaseResult {
  const { name, token, ttlMs } = operation;
  if (heldLease(tx, name)?.token !== token) throw leaseLost(name);
  touchLease(tx, name);
  return storeLease(tx, { name, token, expiresAt: tx.now + ttlMs });
}

export function releaseLease(tx: Transaction, { name, token }: ReleaseLease): boolean {
  if (heldLease(tx, name)?.token !== token) return false;
  touchLease(tx, name);
  tx.deleteIn(tx.tables.leases, scopeName(tx.userId), name);
  return true;
}

/** Refuses where the lease is not held with that token, in whosever scope: no token is given twice in a tenant. */
export function checkFence({ tables, now }: View, { name, token }: Fence): void {
  const leases = [...tables.leases.values()].map((ofScope) => ofScope.get(name));
  const isHeld = leases.some((lease) => lease?.token === token && lease.expiresAt > now);
  if (!isHeld) throw leaseLost(name);
}

export interface ScopedLease extends Pick<LeaseResult, "name" | "expiresAt"> {
  /** As `scopeName` writes it. */
  readonly scope: string;
}

/** Every lease of every scope, expired or not. */
export function allLeases({ tables }: View): readonly ScopedLease[] {
  return [...tables.leases].flatMap(([scope, leases]) =>
    Array.from(leases.values(), ({ name, expiresAt }) => ({ scope, name, expiresAt })),
  );
}

/** A lease may be named after a thread: then erasing that has to find the record. */
function touchLease(tx: Transaction, name: string): void {
  tx.touch("thread", name);
}

function heldLease({ tables, userId, now }: View, name: string): LeaseResult | undefined {
  const lease = tables.leases.get(scopeName(userId))?.get(name);
  return lease !== undefined && lease.expiresAt > now ? lease : undefined;
}

function storeLease(tx: Transaction, lease: LeaseResult): LeaseResult {
  tx.set(tx.tableIn(tx.tables.leases, scopeName(tx.userId), unordered<string, LeaseResult>), lease.name, lease);
  return lease;
}
