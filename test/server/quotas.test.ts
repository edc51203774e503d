import { HoldfastError, open } from "holdfast";
import type { Holdfast, Usage } from "holdfast";
import { failingStore, manualClock } from "holdfast/testing";
import type { ManualClock } from "holdfast/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TenantQuotas } from "../../dist/server/access/quotas.js";
import type { Counted, Quotas, QuotaOptions } from "../../dist/server/access/quotas.js";
import { sqliteDriver } from "../support/sqlite-driver.js";
import { temporaryFile } from "../support/temporary-file.js";
import type { TemporaryFile } from "../support/temporary-file.js";

let file: TemporaryFile;
let db: Holdfast;
let clock: ManualClock;
/** The tenants that were counted, each time. */
let counts: string[];
let lastCount: Promise<Usage>;

beforeEach(async () => {
  file = await temporaryFile();
  db = await open(file.url, sqliteDriver);
  clock = manualClock(1_000_000);
  counts = [];
});

afterEach(async () => {
  await db.close();
  await file[Symbol.asyncDispose]();
});

/** The store, with a note of each count. */
const counted: Counted = {
  tenant: (tenantId) => ({
    usage: () => {
      counts.push(tenantId);
      const count = db.tenant(tenantId).usage();
      lastCount = count;
      return count;
    },
  }),
};

function quotasOf(quotas: Quotas, options: QuotaOptions = {}): TenantQuotas {
  return new TenantQuotas(counted, quotas, { clock, ...options });
}

/** Puts a value of two bytes under a key, within the quotas. */
async function put(quotas: TenantQuotas, key: string, tenantId: string = "acme"): Promise<unknown> {
  return quotas.within(tenantId, { rows: 1, bytes: 2 }, () => db.tenant(tenantId).kv.put([], key, 42));
}

async function rowsOf(tenantId: string = "acme"): Promise<number> {
  const { messages, state, kv, log }: Usage = await db.tenant(tenantId).usage();
  return messages.rows + state.rows + kv.rows + log.rows;
}

function keys(count: number, prefix: string = "k"): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

const refused = { code: "RESOURCE_EXHAUSTED", outcome: "none" };

describe("a quota of rows", () => {
  it("is exact: the eleventh of ten is refused, and nothing of it is stored", async () => {
    const quotas = quotasOf({ rows: 10 });
    for (const key of keys(10)) await put(quotas, key);
    await expect(put(quotas, "one more")).rejects.toMatchObject({
      ...refused,
      retryable: true,
      details: { exhausted: "quota", quota: "rows", limit: 10, used: 10, retryAfterMs: 2000 },
    });
    expect(await rowsOf()).toBe(10);
  });

  it("is exact with twenty writers at once", async () => {
    const quotas = quotasOf({ rows: 10 });
    const outcomes = await Promise.allSettled(keys(20).map((key) => put(quotas, key)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(10);
    const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    expect(refusals).toEqual(Array.from({ length: 10 }, () => expect.objectContaining(refused)));
    expect(await rowsOf()).toBe(10);
    expect(counts).toEqual(["acme"]);
  });

  it("counts what was there before, in all stores", async () => {
    const acme = db.tenant("acme");
    const { id } = await acme.messages.createThread({ userId: "u1" });
    await acme.messages.createMessage({ threadId: id, role: "user", content: "hello" });
    await acme.state.upsertLatest({ userId: "u1", source: "inferred", confidence: 1, data: {} });
    await acme.log.append(id, [{ kind: "note" }]);
    const quotas = quotasOf({ rows: 5 });
    await put(quotas, "a");
    await expect(put(quotas, "b")).rejects.toMatchObject({ ...refused, details: { used: 5 } });
  });

  it("gives back what a failed write had reserved, unless nobody knows whether it was stored", async () => {
    const quotas = quotasOf({ rows: 1 });
    const fail = (error: Error): Promise<unknown> =>
      quotas.within("acme", { rows: 1, bytes: 0 }, async () => {
        throw error;
      });
    await expect(fail(new HoldfastError("CONFLICT", "moved"))).rejects.toMatchObject({ code: "CONFLICT" });
    const lost = new HoldfastError("UNAVAILABLE", "lost", { outcome: "unknown" });
    await expect(fail(lost)).rejects.toBe(lost);
    await expect(put(quotas, "a")).rejects.toMatchObject(refused);
    clock.advance(2000);
    await put(quotas, "a");
    expect(await rowsOf()).toBe(1);
  });

  it("is a tenant's own", async () => {
    const quotas = quotasOf({ rows: 1 });
    await put(quotas, "a", "acme");
    await put(quotas, "a", "globex");
    await expect(put(quotas, "b", "globex")).rejects.toMatchObject(refused);
  });
});

describe("a quota of bytes", () => {
  it("is refused at the byte that is one too many", async () => {
    const quotas = quotasOf({ bytes: 5 });
    await put(quotas, "a");
    await put(quotas, "b");
    await expect(put(quotas, "c")).rejects.toMatchObject({
      ...refused,
      details: { quota: "bytes", limit: 5, used: 4 },
    });
    await quotas.within("acme", { rows: 1, bytes: 1 }, () => db.tenant("acme").kv.put([], "c", 1));
    expect((await db.tenant("acme").usage()).kv.bytes).toBe(5);
  });
});

describe("a tenant at its quota", () => {
  it("can still delete, and writes again once it was counted", async () => {
    const quotas = quotasOf({ rows: 2 });
    for (const key of keys(2)) await put(quotas, key);
    await quotas.within("acme", { rows: 0, bytes: 0 }, () => db.tenant("acme").kv.delete([], "k0"));
    await expect(put(quotas, "b")).rejects.toMatchObject({ ...refused, details: { retryAfterMs: 2000 } });
    clock.advance(1500);
    await expect(put(quotas, "b")).rejects.toMatchObject({ ...refused, details: { retryAfterMs: 500 } });
    expect(counts).toHaveLength(1);
    clock.advance(500);
    await put(quotas, "b");
    expect(counts).toHaveLength(2);
  });

  it("can write what adds only to what has no quota", async () => {
    const quotas = quotasOf({ rows: 1 });
    await put(quotas, "a");
    expect(await quotas.within("acme", { rows: 0, bytes: 9 }, () => Promise.resolve("done"))).toBe("done");
  });
});

describe("counting", () => {
  it("is done once, and after a minute again: what another server wrote is seen then", async () => {
    const quotas = quotasOf({ rows: 20 });
    for (const key of keys(5)) await put(quotas, key);
    await db.tenant("acme").write((w) => keys(10, "theirs").map((key) => w.kv.put([], key, 1)));
    expect(counts).toHaveLength(1);
    clock.advance(60_000);
    // This one begins the count, and does not wait for it.
    await put(quotas, "more");
    expect(counts).toHaveLength(2);
    await lastCount;
    clock.advance(2000);
    for (const key of keys(4, "more")) await put(quotas, key);
    await expect(put(quotas, "too many")).rejects.toMatchObject({ ...refused, details: { used: 20 } });
    expect(await rowsOf()).toBe(20);
  });

  it("misses nothing of what is written meanwhile", async () => {
    let release = (): void => undefined;
    const slow: Counted = {
      tenant: (tenantId) => ({
        usage: async () => {
          const usage = await counted.tenant(tenantId).usage();
          if (counts.length === 2) await new Promise<void>((resolve) => (release = resolve));
          return usage;
        },
      }),
    };
    const quotas = new TenantQuotas(slow, { rows: 4 }, { clock });
    await put(quotas, "before");
    clock.advance(60_000);
    await put(quotas, "beginning it");
    const seen = await lastCount;
    await put(quotas, "meanwhile");
    release();
    for (const key of keys(3)) await put(quotas, key).catch(() => undefined);
    expect(seen.kv.rows).toBeLessThan(3);
    expect(await rowsOf()).toBeLessThanOrEqual(4);
  });

  it("fails a first write where it fails, and not the next", async () => {
    const failing = failingStore(db);
    const quotas = new TenantQuotas(failing, { rows: 1 }, { clock });
    failing.refuseRead();
    await expect(put(quotas, "a")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(await rowsOf()).toBe(0);
    await put(quotas, "a");
    await expect(put(quotas, "b")).rejects.toMatchObject(refused);
  });

  it("is forgotten of the tenants that wrote the longest ago, and never of one that writes", async () => {
    const quotas = quotasOf({ rows: 1 }, { tenants: 2 });
    let release: (() => void) | undefined;
    const held = quotas.within(
      "held",
      { rows: 1, bytes: 0 },
      () => new Promise<void>((resolve) => (release = resolve)),
    );
    for (const tenantId of ["a", "b", "c"]) await put(quotas, "k", tenantId);
    await expect(put(quotas, "more", "held")).rejects.toMatchObject(refused);
    await expect(put(quotas, "more", "c")).rejects.toMatchObject(refused);
    expect(counts.toSorted()).toEqual(["a", "b", "c", "held"]);
    await expect(put(quotas, "more", "a")).rejects.toMatchObject(refused);
    expect(counts.filter((tenantId) => tenantId === "a")).toHaveLength(2);
    release?.();
    await held;
  });

  it("is not done at all for a tenant without a quota", async () => {
    const quotas = quotasOf((tenantId) => (tenantId === "acme" ? { rows: 1 } : undefined));
    for (const key of keys(3)) await put(quotas, key, "globex");
    expect(counts).toEqual([]);
    await put(quotas, "a");
    await expect(put(quotas, "b")).rejects.toMatchObject(refused);
  });
});

describe("a quota that is none", () => {
  it("is refused where it is configured", () => {
    expect(() => quotasOf({ rows: -1 })).toThrow(/quotas\.rows must be an integer/);
  });

  it("is the server's error, not the caller's, where a function gives it", async () => {
    await expect(
      put(
        quotasOf(() => ({ bytes: 0.5 })),
        "a",
      ),
    ).rejects.toMatchObject({ code: "INTERNAL" });
  });
});
