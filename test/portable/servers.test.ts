import { randomBytes } from "node:crypto";
import { open } from "holdfast";
import type { OpenOptions } from "holdfast";
import { afterAll, expect, it } from "vitest";
import { dropPostgresStore, migratePostgres } from "../../dist/open.js";
import { testRules } from "../conformance/kit.js";
import { groups } from "./extent.js";

// The kit on real servers, where there are any. Each URL is that of an owner who may create schemas and roles.
const servers = [
  // So many shards for each table of each store take a while to make.
  {
    name: "citus",
    variable: "HOLDFAST_TEST_CITUS_URL",
    layout: { distribute: "citus" },
    settings: "-c citus.shard_count=4",
  },
  { name: "cockroachdb", variable: "HOLDFAST_TEST_COCKROACH_URL", layout: {}, settings: "" },
  { name: "yugabytedb", variable: "HOLDFAST_TEST_YUGABYTE_URL", layout: {}, settings: "" },
] as const;

/** Stores of the server, each in a schema of its own, which are removed after the tests. */
function storesOf({ name, layout, settings }: (typeof servers)[number], url: string) {
  const made = new Map<string, string>();
  const urlOf = (place: string): string => {
    const given = new URL(url);
    given.searchParams.set("schema", `holdfast_check_${randomBytes(8).toString("hex")}`);
    if (settings !== "") given.searchParams.set("options", settings);
    const known = made.get(place) ?? given.href;
    made.set(place, known);
    return known;
  };
  afterAll(async () => {
    for (const each of made.values()) await dropPostgresStore(each);
  }, 600_000);
  return {
    name,
    durable: true,
    async open(options: OpenOptions, place: string) {
      await migratePostgres(urlOf(place), layout);
      return open(urlOf(place), { migrate: true, ...options });
    },
  };
}

for (const server of servers) {
  const url = process.env[server.variable] ?? "";
  if (url !== "") testRules(storesOf(server, url), "plain", groups);
  it.skipIf(url === "")(`the kit runs on ${server.name}, as ${server.variable} names one`, () => {
    expect(new URL(url).protocol).toMatch(/^postgres/);
  });
}
