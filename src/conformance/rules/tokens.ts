import { deepEqual, equal, ok } from "node:assert/strict";
import type { Holdfast, NewToken, Observation, Token } from "../../contract/index.js";
import { all, rowsOf, seed } from "../fixture.js";
import type { Rule } from "../rule.js";

const ofAcme: NewToken = { tenantId: "acme", scopes: ["read", "write"], name: "for the tests" };

/** Makes some tokens, and gives what is known of them. */
async function fill(db: Holdfast, count: number): Promise<Token[]> {
  const tokens: Token[] = [];
  for (let n = 0; n < count; n++) {
    const { secret: _, ...token } = await db.tokens.create({ ...ofAcme, name: `token ${n}` });
    tokens.push(token);
  }
  return tokens;
}

export const createAndVerify: Rule = {
  id: "tokens/create-then-verify",
  says: "tokens.create gives a secret, once; tokens.verify knows it again, with what the token was made for, and never gives the secret.",
  async run({ db, clock }) {
    const { tokens } = db;
    const expiresAt = clock() + 1_000;
    const made: readonly NewToken[] = [
      ofAcme,
      { tenantId: "acme", userId: "u1", scopes: ["read"], expiresAt },
      { scopes: ["operator", "read"] },
      { tenantId: "x".repeat(128), userId: "x".repeat(256), scopes: ["write"], name: "x".repeat(256) },
      { tenantId: "acme", scopes: ["write"], expiresAt: 8_640_000_000_000_000 },
    ];
    const secrets = new Set<string>();
    for (const token of made) {
      const { id, secret, createdAt, ...rest } = await tokens.create(token);
      deepEqual(rest, token);
      equal(createdAt, clock());
      ok(/^hf_[\w-]{64}$/.test(secret), "another form of secret");
      deepEqual(await tokens.verify(secret), { id, createdAt, ...rest });
      secrets.add(secret).add(id);
    }
    equal(secrets.size, made.length * 2);
  },
};

export const argumentIsCopied: Rule = {
  id: "tokens/argument-is-copied",
  says: "What becomes of the object that a token was made of, or of one that was given, changes no token.",
  async run({ db }) {
    const scopes: NewToken["scopes"][number][] = ["read"];
    const { secret, ...token } = await db.tokens.create({ tenantId: "acme", scopes });
    scopes.push("operator");
    (token.scopes as string[]).push("operator");
    deepEqual((await db.tokens.verify(secret))?.scopes, ["read"]);
  },
};

export const otherSecrets: Rule = {
  id: "tokens/other-secrets",
  says: "No other text than the secret passes for it: not one that differs in one character, is cut off or longer, nor the id of its token.",
  async run({ db }) {
    const { tokens } = db;
    const { id, secret } = await tokens.create(ofAcme);
    const other = await tokens.create(ofAcme);
    for (let at = 0; at < secret.length; at++) {
      const changed = `${secret.slice(0, at)}${secret[at] === "A" ? "B" : "A"}${secret.slice(at + 1)}`;
      equal(await tokens.verify(changed), undefined, `with another character at ${at}`);
    }
    // The first 22 characters tell the token, the last 42 are random.
    const crossed = secret.slice(0, 25) + other.secret.slice(25);
    for (const text of [crossed, secret.slice(0, -1), `${secret}A`, ` ${secret}`, `${secret}\n`, id, secret.slice(3)])
      equal(await tokens.verify(text), undefined);
    equal((await tokens.verify(secret))?.id, id);
  },
};

export const tokensAreListed: Rule = {
  id: "tokens/list",
  says: "tokens.list gives every token, oldest first, in pages, without their secrets.",
  async run({ open }) {
    const db = await open({}, "tokens");
    const { tokens } = db;
    deepEqual(await tokens.list(), { items: [] });
    const made = await fill(db, 7);
    deepEqual((await tokens.list()).items, made);
    deepEqual(
      made.map(({ id }) => id),
      made.map(({ id }) => id).toSorted(),
    );
    deepEqual(await all(tokens.list({ limit: 2 })), made);
    const { items, nextCursor } = await tokens.list({ limit: 3 });
    deepEqual(items, made.slice(0, 3));
    deepEqual(await tokens.list({ cursor: nextCursor, limit: 4 }), { items: made.slice(3) });
    deepEqual((await tokens.list({ limit: 0 })).items, []);
  },
};

export const noTenantsData: Rule = {
  id: "tokens/no-tenants-data",
  says: "Tokens are no tenant's data: no list of tenants or users, no usage, export or count shows them, and doctor finds nothing wrong with them.",
  async run({ open, clock }) {
    const db = await open({}, "tokens");
    await seed(db.tenant("acme"));
    await db.tenant("~").kv.put(["p"], "k", 1);
    const seen = async (): Promise<unknown[]> => {
      const tenant = db.tenant("acme");
      const { done, tenants, removed } = await db.sweep({ dryRun: true });
      return [
        await all(db.listTenants()),
        await db.listTenants({ limit: 2 }),
        await all(db.listTenants({ limit: 1 })),
        await rowsOf(db),
        { done, tenants, removed },
        await tenant.usage(),
        await all(tenant.listUsers()),
        await all(tenant.export()),
        await all(tenant.exportUser("user-1")),
        await all(tenant.kv.listNamespaces()),
      ];
    };
    const before = await seen();
    deepEqual(before[0], ["acme", "~"]);
    deepEqual(before[1], { items: ["acme", "~"] });
    await db.tokens.create({ ...ofAcme, userId: "user-1", expiresAt: clock() + 1 });
    await db.tokens.create({ tenantId: "other", userId: "user-2", scopes: ["read"] });
    deepEqual(await seen(), before);
    clock.advance(1);
    deepEqual(await seen(), before);
    deepEqual((await db.doctor()).findings, []);
  },
};

export const seenByAll: Rule = {
  id: "tokens/two-instances",
  says: "A token that one instance made or revoked is known or unknown to every other one at once, and outlives them all.",
  needs: "durable",
  async run({ open }) {
    const [one, two] = [await open({}, "tokens"), await open({}, "tokens")];
    for (const [maker, other] of [
      [one, two],
      [two, one],
    ] as const) {
      const { id, secret } = await maker.tokens.create(ofAcme);
      equal((await other.tokens.verify(secret))?.id, id);
      equal(await other.tokens.revoke(id), true);
      equal(await maker.tokens.verify(secret), undefined);
      equal(await maker.tokens.revoke(id), false);
    }
    const { secret, ...token } = await one.tokens.create(ofAcme);
    await one.close();
    await two.close();
    const three = await open({}, "tokens");
    deepEqual(await three.tokens.verify(secret), token);
    deepEqual((await three.tokens.list()).items, [token]);
  },
};

export const secretIsInNoFile: Rule = {
  id: "tokens/secret-is-in-no-file",
  says: "The secret of a token is in no file of the store, before and after it was shown, revoked or swept.",
  needs: "files",
  async run({ open, files, clock }) {
    const db = await open({}, "tokens");
    const { id, secret } = await db.tokens.create({ ...ofAcme, expiresAt: clock() + 1 });
    const { id: revoked, secret: other } = await db.tokens.create(ofAcme);
    const secrets = [secret, other];
    const check = async (): Promise<void> => {
      for (const { name, bytes } of await files.read("tokens")) {
        const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        for (const text of secrets) {
          // Behind the id of the token, which is no secret.
          const random = Buffer.from(text.slice(3), "base64url").subarray(16);
          ok(!buffer.includes(text.slice(25)), `a secret is in ${name}`);
          ok(!buffer.includes(random), `the bytes of a secret are in ${name}`);
          ok(!buffer.includes(random.toString("hex")), `a secret is in ${name}, in hex`);
        }
      }
    };
    const found = (await files.read("tokens")).some(({ bytes }) => Buffer.from(bytes).includes(id));
    ok(found, "the token is in no file either, so this shows nothing");
    await db.tokens.verify(secret);
    await check();
    await db.tokens.revoke(revoked);
    clock.advance(1);
    await db.sweep();
    await check();
    await db.close();
    await check();
  },
};

export const observeOfTokens: Rule = {
  id: "tokens/observe",
  says: "observe hears of the calls that are about tokens, of no tenant, and neither of their secrets nor of their names.",
  async run({ open }) {
    const heard: Observation[] = [];
    const { tokens } = await open({ observe: (observation) => heard.push(observation) }, "tokens");
    const { id, secret } = await tokens.create(ofAcme, { actor: "ann", requestId: "r1" });
    await tokens.verify(secret);
    await tokens.verify("none");
    await tokens.list();
    await tokens.revoke(id);
    deepEqual(
      heard.map(({ durationMs: _, ...rest }) => rest),
      [
        { operation: "tokens.create", actor: "ann", requestId: "r1", rows: 1, code: "OK" },
        { operation: "tokens.verify", rows: 1, code: "OK" },
        { operation: "tokens.verify", rows: 0, code: "OK" },
        { operation: "tokens.list", rows: 1, code: "OK" },
        { operation: "tokens.revoke", rows: 1, code: "OK" },
      ],
    );
  },
};
