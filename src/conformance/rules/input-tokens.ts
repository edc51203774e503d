import { deepEqual, equal } from "node:assert/strict";
import type { Holdfast, NewToken } from "../../contract/index.js";
import { hostileNames } from "../hostile-names.js";
import { refused } from "../refused.js";
import type { Rule } from "../rule.js";

const notTexts: readonly unknown[] = [undefined, null, 5, {}, [], true];
const notIds: readonly unknown[] = [null, 5, {}, "", "a\0b", "\ud800", "x".repeat(257)];
const notScopes: readonly unknown[] = [
  undefined,
  null,
  "read",
  {},
  [],
  ["read", "read"],
  ["read", "write", "read", "write"],
];
const notTimes: readonly unknown[] = [1.5, Number.NaN, Number.POSITIVE_INFINITY, "30d", new Date(9e12), null, 9e15];

const token: NewToken = { tenantId: "t", scopes: ["read"] };
const operators: NewToken = { scopes: ["operator"] };

/** Each is `token`, or another, with one thing wrong, and the path of that. */
const wrong: readonly (readonly [path: string, given: unknown])[] = [
  ...[undefined, null, 5, "text", [], true].map((given) => ["token", given] as const),
  ["token.tenantId", { scopes: ["read"] }],
  ["token.tenantId", { userId: "u1", scopes: ["read", "write"] }],
  ["token.tenantId", { ...token, tenantId: "x".repeat(129) }],
  ...notIds.map((tenantId) => ["token.tenantId", { ...token, tenantId }] as const),
  ...notIds.map((userId) => ["token.userId", { ...token, userId }] as const),
  ...notIds.map((name) => ["token.name", { ...token, name }] as const),
  ...notScopes.map((scopes) => ["token.scopes", { ...token, scopes }] as const),
  ...["admin", "Read", "", null, 5].map((scope) => ["token.scopes[1]", { ...token, scopes: ["read", scope] }] as const),
  ["token.tenantId", { ...operators, tenantId: "t" }],
  ["token.tenantId", { ...operators, tenantId: "t", userId: "u1" }],
  ["token.userId", { ...operators, userId: "u1" }],
  ...notTimes.map((expiresAt) => ["token.expiresAt", { ...token, expiresAt }] as const),
  ["token.id", { ...token, id: "mine" }],
  ["token.secret", { ...token, secret: "mine" }],
  ["token.ttlMs", { ...token, ttlMs: 1 }],
];

export const badTokens: Rule = {
  id: "input/tokens",
  says: "tokens.create refuses unknown fields and scopes, no or repeated scopes, bounds that do not fit together, and an expiresAt that is not in the future.",
  async run({ open, clock }) {
    const db = await open({}, "tokens");
    for (const [path, given] of wrong) await refusedToken(db, path, given);
    for (const expiresAt of [clock(), clock() - 1, 0, -1])
      await refusedToken(db, "token.expiresAt", { ...token, expiresAt });
    deepEqual((await db.tokens.list()).items, []);
  },
};

async function refusedToken(db: Holdfast, path: string, given: unknown): Promise<void> {
  await refused(db.tokens.create(given as NewToken), "INVALID_ARGUMENT", path);
}

export const badTokenArguments: Rule = {
  id: "input/token-arguments",
  says: "tokens.verify refuses what is no text, tokens.revoke what is no id, and tokens.list limits and cursors that are none.",
  async run({ db, tenant }) {
    const { tokens } = db;
    for (const secret of notTexts) await refused(tokens.verify(secret as string), "INVALID_ARGUMENT", "secret");
    for (const id of [...notTexts, "", "a\0b", "x".repeat(257)])
      await refused(tokens.revoke(id as string), "INVALID_ARGUMENT", "tokenId");
    for (const limit of [-1, 1.5, 1_001, null])
      await refused(tokens.list({ limit: limit as number }), "INVALID_ARGUMENT", "options.limit");
    for (const cursor of ["", "garbage", 5])
      await refused(tokens.list({ cursor: cursor as string }), "INVALID_ARGUMENT", "options.cursor");
    for (const key of ["a", "b"]) await tenant.kv.put(["tokens"], key, 1);
    const { nextCursor } = await tenant.kv.entries(["tokens"], { limit: 1 });
    await refused(tokens.list({ cursor: nextCursor }), "INVALID_ARGUMENT", "options.cursor");
  },
};

export const hostileTokens: Rule = {
  id: "input/hostile-tokens",
  says: "A token can be for any tenant and user and have any name, and any text may be shown as a secret.",
  async run({ open }) {
    const { tokens } = await open({}, "tokens");
    for (const name of hostileNames) {
      const { secret, ...rest } = await tokens.create({ tenantId: name, userId: name, scopes: ["read"], name });
      deepEqual([rest.tenantId, rest.userId, rest.name], [name, name, name]);
      deepEqual(await tokens.verify(secret), rest);
    }
    for (const secret of [...hostileNames, "", "a\0b", "\ud800", "hf_", "x".repeat(100_000)])
      equal(await tokens.verify(secret), undefined);
  },
};
