import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { instanceCalls, methodNames } from "../../dist/conformance/calls.js";
import type { Route } from "../../dist/wire/route.js";
import { routes } from "../../dist/wire/routes.js";
import { serve, servedEngines } from "./serve.js";
import type { Post } from "./serve.js";

const protocol = readFileSync(new URL("../../PROTOCOL.md", import.meta.url), "utf8");

/** What PROTOCOL.md says is no route of this kind. */
const withoutRoute = ["kv.update", "log.tail"];

describe.each(servedEngines)("the examples of the routes, one after the other on $name", (engine) => {
  it("work, and are answered as their schemas say", async () => {
    await using store = await engine.openTemporary();
    const post = serve(store.db);
    // A backup needs a directory: see `backups.test.ts`.
    const served = routes.filter(({ name }) => name !== "backup");
    for (const route of served) {
      const { status, body } = await post(route.path, route.example);
      expect({ status, body }, route.name).toMatchObject({ status: 200 });
      expect(documented(route, body), route.name).toEqual(records(route, body));
    }
  });

  it("do something: none is answered as on an empty store", async () => {
    await using store = await engine.openTemporary();
    const post = serve(store.db);
    const before = new Map<string, unknown>();
    for (const { name, path, example } of reads) before.set(name, (await post(path, example)).body);
    const same: string[] = [];
    for (const { name, path, example } of routes.filter(({ level }) => level === "stores")) {
      const { body } = await post(path, example);
      if (isDeepStrictEqual(body, before.get(name))) same.push(name);
    }
    expect(same).toEqual([]);
  });
});

const reads = routes.filter(({ kind }) => kind === "asked");

describe("the routes", () => {
  it("are all methods of the contract, but for those that PROTOCOL.md names", () => {
    const names = new Set(routes.map(({ name }) => name));
    const missing = [...methodNames, ...Object.keys(instanceCalls)].filter((name) => !names.has(name));
    expect(missing.toSorted()).toEqual(withoutRoute.toSorted());
    for (const name of withoutRoute) expect(protocol).toContain(`\`${name}\``);
  });

  it("have the scope that goes with what they do", () => {
    const scopes = grouped();
    expect(scopes["any"]?.map(({ name }) => name)).toEqual(["info", "healthCheck"]);
    expect(scopes["operator"]?.map(({ name }) => name)).toEqual([
      "tokens.create",
      "tokens.verify",
      "tokens.list",
      "tokens.revoke",
      "listTenants",
      "stats",
      "sweep",
      "doctor",
      "backup",
      "migrate",
      "eraseTenant",
    ]);
    const writes = ["recorded", "write", "step"];
    expect(scopes["read"]?.filter(({ kind }) => writes.includes(kind))).toEqual([]);
    expect(scopes["write"]?.filter(({ kind }) => !writes.includes(kind))).toEqual([]);
  });

  it("refuse a field that is not known, wherever it is", async () => {
    const [engine] = servedEngines;
    await using store = await engine!.openTemporary();
    const post = serve(store.db);
    for (const { path, example } of routes) {
      await expectUnknown(post, path, { ...example, extra: 1 }, "extra");
      await expectUnknown(
        post,
        path,
        { ...example, options: { ...(example["options"] as object), extra: 1 } },
        "options.extra",
      );
      await expectUnknown(
        post,
        path,
        JSON.stringify(example).replace("{", '{"__proto__":{},').replace(",}", "}"),
        "__proto__",
      );
    }
    expect(await store.db.stats()).toMatchObject({ tenants: 0 });
  });
});

async function expectUnknown(post: Post, path: string, body: unknown, field: string): Promise<void> {
  expect(await post(path, body), path).toMatchObject({
    status: 400,
    body: { error: { code: "INVALID_ARGUMENT", details: { path: field } } },
  });
}

function grouped(): Partial<Record<string, Route[]>> {
  const groups: Partial<Record<string, Route[]>> = {};
  for (const route of routes) (groups[route.scope] ??= []).push(route);
  return groups;
}

/** What of an answer its schema knows: a field that it does not know is left out. */
function documented(route: Route, body: unknown): unknown {
  if (route.kind !== "walk") return route.answer.parse(body);
  return (records(route, body) as readonly unknown[]).map((record) => route.result.schema.parse(record));
}

/** The body, or of an export its records: one line is JSON already. */
function records(route: Route, body: unknown): unknown {
  if (route.kind !== "walk") return body;
  if (typeof body !== "string") return [body];
  return body
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
