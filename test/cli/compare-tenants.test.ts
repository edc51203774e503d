import { open } from "holdfast";
import type { OpenOptions, Tenant } from "holdfast";
import { describe, expect, it } from "vitest";
import { compareTenants } from "../../dist/cli/copy/compare-tenants.js";
import { temporaryFolder } from "./run-cli.js";

/** Compares what two stores hold that were filled by `source` and `target`. */
async function compared(
  source: (tenant: Tenant) => Promise<unknown>,
  target: (tenant: Tenant) => Promise<unknown>,
  options: OpenOptions = {},
): Promise<Awaited<ReturnType<typeof compareTenants>>> {
  using folder = temporaryFolder();
  await using one = await open(`sqlite:${folder.at("one.db")}`, { clock: () => 1_000_000, ...options });
  await using other = await open(`sqlite:${folder.at("other.db")}`, { clock: () => 1_000_000 });
  await source(one.tenant("a"));
  await target(other.tenant("a"));
  return await compareTenants(one.tenant("a"), other.tenant("a"));
}

const nothing = async (): Promise<void> => undefined;
const put = (key: string, value: unknown) => (tenant: Tenant) => tenant.kv.put(["n"], key, value);

describe("comparing two tenants", () => {
  it("counts what both hold, and hashes it", async () => {
    const same = await compared(put("k", 1), put("k", 1));
    expect(same).toEqual({ records: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await compared(put("k", 2), put("k", 2))).not.toEqual(same);
    expect(await compared(nothing, nothing)).toMatchObject({ records: 0 });
  });

  it.each([
    ["is missing", put("k", 1), nothing, 'key/value entry ["n","k"] is missing'],
    ["is too many", nothing, put("k", 1), 'key/value entry ["n","k"] is not in the source'],
    ["differs", put("k", 1), put("k", 2), 'key/value entry ["n","k"] differs in value'],
    [
      "is another",
      put("k", 1),
      put("l", 1),
      'where the source has key/value entry ["n","k"], it has key/value entry ["n","l"]',
    ],
  ])("names what %s", async (_, source, target, difference) => {
    expect(await compared(source, target)).toEqual({ difference });
  });

  it("takes no notice of what has expired in one of them", async () => {
    const expired = (tenant: Tenant): Promise<unknown> => tenant.kv.put(["n"], "a", 1, { ttlMs: 1 });
    expect(await compared(expired, nothing)).toMatchObject({ records: 0 });
    expect(await compared(nothing, expired)).toMatchObject({ records: 0 });
    const later = { clock: () => Date.now() };
    const lasting = (tenant: Tenant): Promise<unknown> => tenant.kv.put(["n"], "a", 1, { ttlMs: 1e9 });
    expect(await compared(lasting, nothing, later)).toHaveProperty("difference");
  });
});
