import { beforeEach, afterEach, describe, expect, it } from "vitest";
import type { Principal } from "holdfast/server";
import { routes } from "../../dist/wire/routes.js";
import type { TemporaryStore } from "../support/engines.js";
import { errorOf, operator, resultOf, serve, servedEngines } from "./serve.js";

const acme: Principal = { id: "token-1", tenantId: "acme", scopes: ["read", "write"] };
const ada: Principal = { ...acme, userId: "ada" };

const tenantOnly = routes.filter(({ level }) => level === "tenant");
const ofStores = routes.filter(({ level }) => level === "stores");
const acrossTenants = routes.filter(({ level, scope }) => level === "instance" && scope === "operator");

const [engine] = servedEngines;
let store: TemporaryStore;

beforeEach(async () => {
  store = await engine!.openTemporary();
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
});

describe("a token that is bound to a tenant", () => {
  it("may leave the tenant out, or name it", async () => {
    const post = serve(store.db, acme);
    await resultOf(post("/v1/messages/createThread", { thread: { id: "th", userId: "ada" } }));
    expect(await resultOf(post("/v1/messages/getThread", { threadId: "th" }))).toMatchObject({ id: "th" });
    expect(await resultOf(post("/v1/messages/getThread", { tenantId: "acme", threadId: "th" }))).toMatchObject({
      id: "th",
    });
    expect(await store.db.tenant("acme").messages.getThread("th")).toMatchObject({ id: "th" });
  });

  it("gets the same answer for each other tenant, whether there is one or not", async () => {
    await store.db.tenant("globex").kv.put([], "k", 1);
    const answers = await Promise.all(
      ["globex", "nobody", "ACME", "acme ", "../acme"].map((tenantId) =>
        serve(store.db, acme)(
          "/v1/kv/get",
          { tenantId, namespace: [], key: "k" },
          { headers: { "X-Request-Id": "r" } },
        ),
      ),
    );
    for (const { status, body } of answers) expect({ status, body }).toEqual({ status: 403, body: answers[0]?.body });
  });

  it.each([...ofStores, ...tenantOnly])("may name no other tenant in $name", async ({ path, example }) => {
    const answering = serve(store.db, { ...acme, scopes: ["read", "write", "operator"] })(path, {
      ...example,
      tenantId: "globex",
    });
    expect(await errorOf(answering)).toMatchObject({ code: "FORBIDDEN" });
    expect(await store.db.stats()).toMatchObject({ tenants: 0 });
  });

  it.each(acrossTenants)("may not call $name, also as an operator", async ({ path, example }) => {
    const bound: Principal = { ...acme, scopes: ["operator"] };
    for (const principal of [acme, bound]) {
      expect(await errorOf(serve(store.db, principal)(path, example))).toMatchObject({ code: "FORBIDDEN" });
    }
  });

  it("may see its tenant as one of its users", async () => {
    await store.db.tenant("acme").messages.createThread({ id: "th", userId: "grace" });
    const post = serve(store.db, acme);
    expect(await resultOf(post("/v1/messages/getThread", { threadId: "th", asUserId: "grace" }))).toMatchObject({
      id: "th",
    });
    expect(await resultOf(post("/v1/messages/getThread", { threadId: "th", asUserId: "ada" }))).toBeUndefined();
  });
});

describe("a token that is bound to a user", () => {
  it("sees what is that user's, and nothing else", async () => {
    await store.db.tenant("acme").messages.createThread({ id: "ada-1", userId: "ada" });
    await store.db.tenant("acme").messages.createThread({ id: "grace-1", userId: "grace" });
    const post = serve(store.db, ada);
    expect(await resultOf(post("/v1/messages/getThread", { threadId: "ada-1" }))).toMatchObject({ id: "ada-1" });
    expect(await resultOf(post("/v1/messages/getThread", { threadId: "grace-1" }))).toBeUndefined();
    const patch = { title: { json: "mine" } };
    expect(await errorOf(post("/v1/messages/updateThread", { threadId: "grace-1", patch }))).toMatchObject({
      code: "NOT_FOUND",
    });
    const operations = [{ method: "messages.updateThread", threadId: "grace-1", patch }];
    expect(await errorOf(post("/v1/write", { operations }))).toMatchObject({ code: "NOT_FOUND", operationIndex: 0 });
    const queries = [{ method: "messages.getThread", threadId: "grace-1" }];
    expect(await resultOf(post("/v1/read", { queries }))).toEqual([null]);
  });

  it.each(ofStores)("may name no other user in $name", async ({ path, example }) => {
    const answering = serve(store.db, ada)(path, { ...example, tenantId: "acme", asUserId: "grace" });
    expect(await errorOf(answering)).toMatchObject({ code: "FORBIDDEN" });
  });

  it.each(tenantOnly)("may not call $name, which is a whole tenant's", async ({ path, example }) => {
    expect(await errorOf(serve(store.db, ada)(path, example))).toMatchObject({ code: "FORBIDDEN" });
  });

  it("has leases of its own", async () => {
    const lease = { name: "run", options: { ttlMs: 60_000 } };
    const taken = (await resultOf(serve(store.db, ada)("/v1/lease", lease))) as { name: string; token: number };
    const held = { name: taken.name, token: taken.token };
    const other = serve(store.db, { ...acme, userId: "grace" });
    expect(await resultOf(other("/v1/lease/release", held))).toBe(false);
    await resultOf(other("/v1/lease", lease));
    expect(
      await resultOf(serve(store.db, ada)("/v1/lease/renew", { ...held, options: { ttlMs: 1000 } })),
    ).toMatchObject(held);
    expect(await resultOf(serve(store.db, ada)("/v1/lease/release", held))).toBe(true);
  });

  it("and to no tenant is no principal", async () => {
    const nobody: Principal = { id: "odd", userId: "ada", scopes: ["read", "write", "operator"] };
    const asking = serve(store.db, nobody)("/v1/kv/list", { tenantId: "acme", namespace: [] });
    expect(await errorOf(asking)).toMatchObject({ code: "INTERNAL" });
  });
});

describe("a token that is bound to no tenant", () => {
  it("must name one, and be an operator's", async () => {
    const body = { namespace: [], key: "k" };
    expect(await errorOf(serve(store.db, operator)("/v1/kv/get", body))).toMatchObject({
      code: "INVALID_ARGUMENT",
      details: { path: "tenantId" },
    });
    expect(await resultOf(serve(store.db, operator)("/v1/kv/get", { ...body, tenantId: "acme" }))).toBeUndefined();
    const unbound: Principal = { id: "token-2", scopes: ["read", "write"] };
    expect(await errorOf(serve(store.db, unbound)("/v1/kv/get", { ...body, tenantId: "acme" }))).toMatchObject({
      code: "INTERNAL",
    });
  });
});

describe("a scope", () => {
  it.each(routes.filter(({ scope }) => scope !== "any"))(
    "that $name needs must be there",
    async ({ path, example, scope }) => {
      for (const other of (["read", "write"] as const).filter((name) => name !== scope)) {
        const principal: Principal = { ...acme, scopes: [other] };
        expect(await errorOf(serve(store.db, principal)(path, example))).toMatchObject({ code: "FORBIDDEN" });
      }
      expect(await store.db.stats()).toMatchObject({ tenants: 0 });
    },
  );

  it.each(routes.filter(({ scope }) => scope === "any"))("$name needs none", async ({ path, example }) => {
    for (const principal of [ada, acme, operator, { id: "token-3", tenantId: "acme", scopes: [] } as const]) {
      expect(await serve(store.db, principal)(path, example)).toMatchObject({ status: 200 });
    }
  });

  it("is looked at before the body", async () => {
    const principal: Principal = { ...acme, scopes: ["read"] };
    expect(await errorOf(serve(store.db, principal)("/v1/kv/put", "no JSON"))).toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("what is said of the store", () => {
  it("leaves out where it is", async () => {
    await using file = await servedEngines[1]!.openTemporary();
    expect(file.db.info()).toHaveProperty("location");
    const info = await resultOf(serve(file.db)("/v1/info"));
    expect(info).toMatchObject({ name: "sqlite" });
    expect(info).not.toHaveProperty("location");
  });
});
