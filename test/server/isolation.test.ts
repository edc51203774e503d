import type { Holdfast, Tenant } from "holdfast";
import { createHandler } from "holdfast/server";
import type { Handler, Principal } from "holdfast/server";
import { describe, expect, it } from "vitest";
import { routes } from "../../dist/wire/routes.js";
import { collect } from "../support/collect.js";
import { engines } from "../support/engines.js";
import type { Engine } from "../support/engines.js";

/** In the ids of tenant `secret` that others guess. */
const named = "named7f3a";
/** In everything else that it holds: content, metadata, names, other ids. Nobody but it ever says this. */
const hidden = "hidden9c1d";
/** An id that nothing has, as long as one that something has, and in the same place of every order. */
const absent = "named7f3b";

const principals: readonly Principal[] = [
  { id: "of-mine", tenantId: "mine", scopes: ["read", "write"] },
  { id: "of-me", tenantId: "mine", userId: "me", scopes: ["read", "write"] },
  { id: "operator-of-mine", tenantId: "mine", scopes: ["read", "write", "operator"] },
];

describe.each(engines)("what one tenant has on $name, another", (engine) => {
  it.each(principals)("neither sees nor can tell from nothing, as $id, whatever it calls", async (principal) => {
    await using here = await openFilled(engine, principal);
    await using there = await openFilled(engine, principal);
    const before = await contents(here.db.tenant("secret"));
    expect(before).toContain(hidden);
    // The same calls, in the same order, with ids that tenant `secret` has, and with ids that nothing has.
    for (const { path, body } of calls(here.held, "mine")) {
      const shown = await here.ask(path, body(named));
      const same = await there.ask(path, body(absent));
      expect(shown, path).not.toContain(hidden);
      expect(shown.replaceAll(named, absent), `${path} ${JSON.stringify(body(named))}`).toBe(same);
    }
    for (const { path, body } of calls(here.held, "secret")) {
      const shown = await here.ask(path, body(named));
      expect(shown, path).toMatch(/^403 /);
      expect(shown, path).toBe(await here.ask(path, { ...body(named), tenantId: "nobody" }));
    }
    expect(await contents(here.db.tenant("secret"))).toBe(before);
  });

  it("never hears of in a tail", async () => {
    for (const principal of principals) {
      await using store = await openFilled(engine, principal);
      const own = await tailed(store.handle, "?threadId=own");
      expect(own).toContain('"kind":"own"');
      expect(own).not.toContain(hidden);
      const other = await store.handle(
        new Request(`http://holdfast.test/v1/log/tail?tenantId=secret&threadId=${named}`),
      );
      expect(other.status).toBe(403);
      expect(await other.text()).not.toContain(hidden);
    }
  });

  it("never gets from its pages: cursors are of one tenant's lists", async () => {
    await using store = await openFilled(engine, principals[0]!);
    for (const [path, body] of cursorCalls(store.held)) {
      const shown = await store.ask(path, { tenantId: "mine", ...body });
      expect(shown, path).toMatch(/^400 .*"options.cursor"/);
      expect(shown, path).not.toContain(hidden);
    }
  });

  it("never meets by an operationId or a lease of the same name", async () => {
    await using store = await openFilled(engine, principals[0]!);
    const put = { namespace: [], key: "k", value: { json: 1 } };
    const repeated = await store.ask("/v1/kv/put", { ...put, options: { operationId: named } });
    expect(repeated).toMatch(/^200 .*"key":"k"/);
    const fenced = await store.ask("/v1/kv/put", { ...put, options: { fence: store.held.fence } });
    expect(fenced).toMatch(/^409 /);
    const leased = await store.ask("/v1/lease", { name: named, options: { ttlMs: 1000 } });
    expect(leased).toMatch(/^200 /);
    for (const shown of [repeated, fenced, leased]) expect(shown).not.toContain(hidden);
  });
});

interface Filled extends AsyncDisposable {
  readonly db: Holdfast;
  readonly handle: Handler;
  readonly held: Held;
  /** All that an answer says: its status, headers and body. */
  ask(path: string, body: object): Promise<string>;
}

/** A store with what is the caller's own, and what is not. Each is the same: time stands, and ids are counted. */
async function openFilled(engine: Engine, principal: Principal): Promise<Filled> {
  let ids = 0;
  const store = await engine.openTemporary({ clock: () => 1_700_000_000_000, newId: () => `id-${++ids}` });
  const { db } = store;
  await fill(db.tenant("mine"), "me", "own", "own");
  const held = await fill(db.tenant("secret"), named, named, hidden);
  const handle = createHandler(db, { authenticate: () => principal });
  return {
    db,
    handle,
    held,
    async ask(path, body) {
      const headers = { "Content-Type": "application/json", "X-Request-Id": "r" };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      const answer = await handle(new Request(`http://holdfast.test${path}`, init));
      const text = `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`;
      // What is random or a hash of what was said (of receipts), and what a compressed block of the caller's own takes.
      return text.replaceAll(/"(id":"[0-9a-f-]{36}|subject":"[^"]*)"/g, "").replaceAll(/"bytes":\d+/g, "");
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

interface Held {
  readonly fence: { readonly name: string; readonly token: number };
  readonly cursors: Readonly<Record<"threads" | "messages" | "history" | "keys" | "users" | "log", string>>;
}

/** Puts something everywhere: under ids of `word`, with `content` in all that is not an id, and as further ids. */
async function fill(tenant: Tenant, userId: string, word: string, content: string): Promise<Held> {
  const { messages, state, kv, log } = tenant;
  const metadata = { [content]: content };
  for (const id of [word, `${word}-${content}`]) {
    await messages.createThread({ id, userId, title: content, metadata });
    const at = { threadId: word, authorId: content, executionId: word, metadata, parts: [{ type: content }] };
    await messages.createMessage({ ...at, id: `${word}-${id}`, role: "user", content });
    await state.upsertLatest({ userId, source: "inferred", data: content, axes: {} });
    await kv.put([word], id, content, { userId, operationId: id, actor: content, requestId: content });
    await kv.put([word], `${id}-b`, content, { userId: content });
    await log.append(word, [{ kind: content }], { userId });
  }
  await log.archiveBefore(word, 1);
  const lease = await tenant.lease(word, { ttlMs: 60_000 });
  const one = { limit: 1 };
  const pages = {
    threads: messages.listThreads(userId, one),
    messages: messages.listMessages(word, one),
    history: state.getHistory(userId, one),
    keys: kv.list([word], one),
    users: tenant.listUsers(one),
    log: log.loadSince(word, 0, one),
  };
  const cursors = await Promise.all(
    Object.entries(pages).map(async ([name, page]) => [name, (await page).nextCursor ?? ""] as const),
  );
  return { fence: { name: lease.name, token: lease.token }, cursors: Object.fromEntries(cursors) as Held["cursors"] };
}

interface Call {
  readonly path: string;
  readonly body: (word: string) => Readonly<Record<string, unknown>>;
}

/** Every route that a tenant has, and the lanes, with the ids of `word` wherever there is room for one. */
function calls({ fence }: Held, tenantId: string): readonly Call[] {
  const methods = routes.filter(({ level }) => level !== "instance");
  const ofMethods = methods.map(({ path, example, name }): Call => {
    const own = name.startsWith("lease.") ? { token: fence.token } : {};
    return { path, body: (word) => ({ ...(worded(example, word) as object), ...own, tenantId }) };
  });
  const lane = (path: string, body: (word: string) => object): Call => ({
    path,
    body: (word) => ({ ...body(word), tenantId }),
  });
  return [
    ...ofMethods,
    lane("/v1/queries", (word) => ({
      queries: [
        { kind: "messages.getThread", id: word, includeDeleted: true },
        { kind: "messages.getMessage", id: `${word}-${word}` },
        { kind: "messages.countMessages", threadId: word },
        { kind: "state.getLatest", userId: word },
        { kind: "kv.getMany", namespace: [word], keys: [word] },
        { kind: "log.loadSince", threadId: word, cursor: 0, limit: 10 },
        { kind: "operations.get", operationId: word },
      ],
    })),
    lane("/v1/commits", (word) => ({
      commits: [
        { operations: [{ kind: "messages.updateThread", id: word, metadata: null }] },
        { operations: [{ kind: "messages.deleteMessage", id: `${word}-${word}` }] },
        { operations: [{ kind: "kv.delete", namespace: [word], key: word }] },
      ],
    })),
  ];
}

/** The same, with ids, keys and names replaced by `word`. */
function worded(value: unknown, word: string, name: string = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => worded(item, word, name));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, worded(field, word, key)]));
  }
  const isName = /^(id|.*Id|key|keys|namespace|prefix|name)$/.test(name) && name !== "tenantId";
  return isName && typeof value === "string" ? word : value;
}

function cursorCalls({ cursors }: Held): readonly (readonly [string, object])[] {
  const at = (cursor: string): object => ({ options: { cursor, limit: 1 } });
  return [
    ["/v1/messages/listThreads", { userId: named, ...at(cursors.threads) }],
    ["/v1/messages/listMessages", { threadId: named, ...at(cursors.messages) }],
    ["/v1/state/getHistory", { userId: named, ...at(cursors.history) }],
    ["/v1/kv/list", { namespace: [named], ...at(cursors.keys) }],
    ["/v1/listUsers", at(cursors.users)],
    ["/v1/log/loadSince", { threadId: named, cursor: 0, ...at(cursors.log) }],
  ];
}

async function contents(tenant: Tenant): Promise<string> {
  return JSON.stringify([await collect(tenant.export()), await tenant.usage()]);
}

/** The beginning of a tail, with an event. */
async function tailed(handle: Handler, query: string): Promise<string> {
  const answer = await handle(new Request(`http://holdfast.test/v1/log/tail${query}`));
  const reader = answer.body!.getReader();
  let text = "";
  while (!text.includes("data:")) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  return text;
}
