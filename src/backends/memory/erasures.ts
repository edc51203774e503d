import { HoldfastError } from "../../contract/index.js";
import type { EpochMs, ErasedRows, ErasureReceipt } from "../../contract/index.js";
import type { EraseStep, NewErasure, PendingErasure } from "../../core/backend.js";
import type { ListErasures, RowPage } from "../../core/queries.js";
import type { EffectiveSettings } from "../../core/settings.js";
import { nothingErased } from "../../core/erased-rows.js";
import { subjectHash } from "../../core/subject-hash.js";
import { compareUtf8 } from "../../core/utf8-order.js";
import { cutPage } from "../../tables/page.js";
import { removeAll, removeThreadOnly, removeUser } from "./removals.js";
import type { Removal } from "./removals.js";
import type { Subject, Tables } from "../../tables/schema.js";
import { takeStep } from "./steps.js";
import type { Tenants } from "./tenants.js";
import { buryThread } from "../../tables/tombstones.js";
import { Transaction } from "../../tables/transaction.js";

/** An erasure that is under way. */
interface Begun {
  readonly erasure: NewErasure;
  /** Where to erase: those that the tenant had when it was begun, also after the tenant was erased as well. */
  readonly tables: Tables;
  /** What the records of commits know it by that was removed so far. */
  readonly subjects: Set<Subject>;
  removed: ErasedRows;
}

/** The erasures of a store: those under way, and the receipts. */
export class Erasures {
  readonly #hashKey: Uint8Array;
  readonly #tenants: Tenants;
  readonly #settings: EffectiveSettings;
  readonly #begun = new Map<string, Begun>();
  /** By the keyed hash of the tenant. */
  readonly #receipts = new Map<string, readonly ErasureReceipt[]>();

  constructor(hashKey: Uint8Array, tenants: Tenants, settings: EffectiveSettings) {
    this.#hashKey = hashKey;
    this.#tenants = tenants;
    this.#settings = settings;
  }

  begin(given: NewErasure): PendingErasure {
    const { kind, tenantId, subjectId, now } = given;
    const tables = this.#tenants.tablesOf(tenantId);
    const pending = this.#pendingOf(given, tables);
    if (pending !== undefined) return toPending(pending.erasure);
    this.#begun.set(given.id, { erasure: given, tables, subjects: new Set(), removed: nothingErased });
    if (kind === "tenant") this.#tenants.detach(tenantId);
    if (kind === "thread") buryThread(this.#transaction(tables, now), subjectId);
    return toPending(given);
  }

  /** The oldest first. */
  get pending(): readonly PendingErasure[] {
    return [...this.#begun.values()].map(({ erasure }) => toPending(erasure));
  }

  step({ id, tenantId }: PendingErasure, now: EpochMs): EraseStep {
    const begun = this.#begun.get(id);
    if (begun === undefined) return { removed: {}, receipt: this.#receipt(tenantId, id) };
    const { removed, done } = takeStep(this.#removal(begun, now));
    begun.removed = sum(begun.removed, removed);
    if (!done) return { removed };
    this.#begun.delete(id);
    return { removed, receipt: this.#complete(begun, now) };
  }

  /** The receipts of a tenant, by completion. */
  list(tenantId: string, query: ListErasures): RowPage<ErasureReceipt, readonly [completedAt: EpochMs, id: string]> {
    const [time, id] = query.after ?? [-Infinity, ""];
    const rest = this.#receiptsOf(tenantId)
      .filter((receipt) => byCompletion(receipt, { completedAt: time, id }) > 0)
      .toSorted(byCompletion);
    return cutPage(
      rest.map((row) => ({ row, position: [row.completedAt, row.id], bodies: [] })),
      query.limit,
    );
  }

  /** One of the same tables: a tenant that started anew after it was erased has none that is pending. */
  #pendingOf({ kind, subjectId }: NewErasure, tables: Tables): Begun | undefined {
    return [...this.#begun.values()].find(
      (begun) => begun.tables === tables && begun.erasure.kind === kind && begun.erasure.subjectId === subjectId,
    );
  }

  #removal({ erasure: { kind, subjectId }, tables, subjects }: Begun, now: EpochMs): Removal {
    const tx = this.#transaction(tables, now);
    if (kind === "tenant") return removeAll(tables);
    if (kind === "user") return removeUser(tx, subjectId, subjects);
    return removeThreadOnly(tx, subjectId, subjects);
  }

  #complete({ erasure, removed }: Begun, completedAt: EpochMs): ErasureReceipt {
    const { id, kind, tenantId, subjectId, now, actor, requestId, reason } = erasure;
    const tenant = this.#tenantHash(tenantId);
    const receipt: ErasureReceipt = {
      id,
      kind,
      subject: kind === "tenant" ? tenant : subjectHash(this.#hashKey, kind, tenantId, subjectId),
      requestedAt: now,
      completedAt,
      ...(actor !== undefined && { actor }),
      ...(requestId !== undefined && { requestId }),
      ...(reason !== undefined && { reason }),
      removed,
    };
    this.#receipts.set(tenant, [...this.#receiptsOf(tenantId), receipt]);
    return receipt;
  }

  #receipt(tenantId: string, id: string): ErasureReceipt {
    const receipt = this.#receiptsOf(tenantId).find((completed) => completed.id === id);
    if (receipt === undefined) throw new HoldfastError("INTERNAL", `No erasure ${JSON.stringify(id)} was begun.`);
    return receipt;
  }

  #receiptsOf(tenantId: string): readonly ErasureReceipt[] {
    return this.#receipts.get(this.#tenantHash(tenantId)) ?? [];
  }

  #tenantHash(tenantId: string): string {
    return subjectHash(this.#hashKey, "tenant", tenantId);
  }

  #transaction(tables: Tables, now: EpochMs): Transaction {
    return new Transaction({ tables, settings: this.#settings, now, userId: undefined });
  }
}

type Completed = Pick<ErasureReceipt, "completedAt" | "id">;

function byCompletion(a: Completed, b: Completed): number {
  return a.completedAt - b.completedAt || compareUtf8(a.id, b.id);
}

function toPending({ id, kind, tenantId }: NewErasure): PendingErasure {
  return { id, kind, tenantId };
}

function sum(total: ErasedRows, more: Partial<ErasedRows>): ErasedRows {
  const kinds = Object.keys(total) as (keyof ErasedRows)[];
  return Object.fromEntries(kinds.map((kind) => [kind, total[kind] + (more[kind] ?? 0)])) as unknown as ErasedRows;
}
