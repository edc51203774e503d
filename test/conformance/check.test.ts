import { open } from "holdfast";
import type { Holdfast, Tenant } from "holdfast";
import { check, rules } from "holdfast/conformance";
import type { RuleResult, Subject } from "holdfast/conformance";
import { describe, expect, it } from "vitest";
import { memory } from "./kit.js";

describe("rules", () => {
  it("have ids of their own, in a group, and say what they promise in a sentence", () => {
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    expect(new Set(rules.map(({ says }) => says)).size).toBe(rules.length);
    for (const { id, says } of rules) {
      expect(id).toMatch(/^[a-z-]+\/[A-Za-z0-9-]+$/);
      expect(says).toMatch(/^\S.*[.]$/);
      expect(says.length).toBeLessThan(200);
    }
  });

  it("cover every check of the originals, and those of the peers that concern a store", () => {
    const sources = new Set(rules.flatMap((rule) => rule.sources ?? []));
    const originals = Array.from({ length: 22 }, (_, index) => `C${index + 1}`);
    const peers = [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 13, 15, 16, 17, 18, 19, 20, 21, 23].map((n) => `P${n}`);
    expect([...originals, ...peers].filter((source) => !sources.has(source))).toEqual([]);
  });
});

describe("check", () => {
  it("counts what passed and what cannot be seen on this store, and tells each", async () => {
    const results: RuleResult[] = [];
    const counts = await check(memory, {
      filter: ({ id }) => id.startsWith("kv/") || id.startsWith("shared-store/"),
      onResult: (result) => results.push(result),
    });
    expect(counts).toMatchObject({ failed: 0 });
    expect(counts.passed).toBeGreaterThan(30);
    expect(counts.skipped).toBeGreaterThan(5);
    expect(results).toHaveLength(counts.passed + counts.skipped);
  });

  it("runs nothing reopened where nothing outlives an instance", async () => {
    const counts = await check(memory, { mode: "reopened", filter: ({ id }) => id.startsWith("kv/") });
    expect(counts).toMatchObject({ passed: 0, failed: 0 });
    expect(counts.skipped).toBeGreaterThan(30);
  });

  it("fails the rules that a broken store breaks, with what they threw, and goes on", async () => {
    const forgetful = withTenants(memory, (tenant) => ({
      ...tenant,
      kv: { ...tenant.kv, delete: async () => true },
    }));
    const failed: RuleResult[] = [];
    const counts = await check(forgetful, {
      filter: ({ id }) => id.startsWith("kv/"),
      onResult: (result) => result.status === "failed" && failed.push(result),
    });
    expect(failed.map(({ rule }) => rule.id)).toContain("kv/delete-removes");
    expect(failed.every(({ error }) => error instanceof Error)).toBe(true);
    expect(counts.failed).toBe(failed.length);
    expect(counts.passed).toBeGreaterThan(20);
  });

  it("sees one tenant reading another", async () => {
    const leaking: Subject = {
      ...memory,
      open: async (options) => {
        const db = await open("memory:", options);
        return { ...db, tenant: () => db.tenant("everybody") };
      },
    };
    const only = new Set(["attack/kv-get", "attack/messages-getThread", "attack/same-ids", "attack/hostile-tenants"]);
    const counts = await check(leaking, { filter: ({ id }) => only.has(id) });
    expect(counts).toEqual({ passed: 0, failed: 4, skipped: 0 });
  });

  it("gives up on a rule that hangs", async () => {
    const hanging = withTenants(memory, (tenant) => ({
      ...tenant,
      kv: { ...tenant.kv, get: () => new Promise<never>(() => {}) },
    }));
    const counts = await check(hanging, { filter: ({ id }) => id === "kv/put-then-get", timeoutMs: 50 });
    expect(counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

/** The subject with every tenant changed. */
function withTenants(subject: Subject, change: (tenant: Tenant) => Tenant): Subject {
  return {
    ...subject,
    open: async (options, place): Promise<Holdfast> => {
      const db = await subject.open(options, place);
      return { ...db, tenant: (tenantId) => change(db.tenant(tenantId)) };
    },
  };
}
