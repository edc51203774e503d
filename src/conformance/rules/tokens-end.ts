import { deepEqual, equal } from "node:assert/strict";
import type { CreatedToken, Holdfast, NewToken } from "../../contract/index.js";
import { Canaries, assertGone, assertThere } from "../canaries.js";
import { seed } from "../fixture.js";
import type { Rule } from "../rule.js";

const ofAcme: NewToken = { tenantId: "acme", scopes: ["read"] };

/** Which of these are still worth something, by their places. */
async function alive({ tokens }: Holdfast, made: readonly CreatedToken[]): Promise<number[]> {
  const found = await Promise.all(made.map(({ secret }) => tokens.verify(secret)));
  return made.map((_, index) => index).filter((index) => found[index]?.id === made[index]?.id);
}

async function makeAll({ tokens }: Holdfast, wanted: readonly NewToken[]): Promise<CreatedToken[]> {
  const made: CreatedToken[] = [];
  for (const token of wanted) made.push(await tokens.create(token));
  return made;
}

export const revokeEnds: Rule = {
  id: "tokens/revoke",
  says: "tokens.revoke ends a token at once, and no other; a second time, or where there is none of this id, it is false.",
  async run({ open }) {
    const db = await open({}, "tokens");
    const made = await makeAll(db, [ofAcme, ofAcme, ofAcme]);
    const [first, second, third] = made.map(({ id }) => id) as [string, string, string];
    equal(await db.tokens.revoke(second), true);
    deepEqual(await alive(db, made), [0, 2]);
    deepEqual(
      (await db.tokens.list()).items.map(({ id }) => id),
      [first, third],
    );
    equal(await db.tokens.revoke(second), false);
    for (const id of ["none", made[0]?.secret ?? "", second.toUpperCase()]) equal(await db.tokens.revoke(id), false);
    deepEqual(await alive(db, made), [0, 2]);
  },
};

export const tokensExpire: Rule = {
  id: "tokens/expiry",
  says: "A token is worth something strictly before its expiresAt, by the clock of the store; then it is neither known, listed nor revoked, swept or not.",
  async run({ open, clock }) {
    const db = await open({}, "tokens");
    const now = clock();
    const made = await makeAll(db, [
      { ...ofAcme, expiresAt: now + 1_000 },
      ofAcme,
      { ...ofAcme, expiresAt: now + 1_001 },
    ]);
    clock.advance(999);
    deepEqual(await alive(db, made), [0, 1, 2]);
    clock.advance(1);
    deepEqual(await alive(db, made), [1, 2]);
    const { items } = await db.tokens.list();
    deepEqual(
      items.map(({ id }) => id),
      [made[1]?.id, made[2]?.id],
    );
    equal(await db.tokens.revoke(made[0]?.id ?? ""), false);
    clock.advance(1);
    deepEqual(await alive(db, made), [1]);
    clock.set(now);
    await db.sweep();
    deepEqual(await alive(db, made), [0, 1, 2]);
    clock.set(now + 1_001);
    await db.sweep();
    // By a clock that goes back, what was swept is gone, and what was not would be there again.
    clock.set(now);
    deepEqual(await alive(db, made), [1]);
  },
};

export const expiryIsExact: Rule = {
  id: "tokens/exact-expiry",
  says: "A token ends at the instant that it was made for, however long it took to store it.",
  async run({ open, clock }) {
    let isSlow = true;
    // Every look at this clock takes a millisecond.
    const slow = (): number => {
      if (isSlow) clock.advance(1);
      return clock();
    };
    const db = await open({ clock: slow }, "tokens");
    const expiresAt = clock() + 1_000;
    const made = await makeAll(db, [{ ...ofAcme, expiresAt }]);
    isSlow = false;
    clock.set(expiresAt - 1);
    deepEqual(await alive(db, made), [0]);
    deepEqual((await db.tokens.list()).items[0]?.expiresAt, expiresAt);
    clock.set(expiresAt);
    deepEqual(await alive(db, made), []);
    deepEqual((await db.tokens.list()).items, []);
  },
};

export const sweepOfTokens: Rule = {
  id: "tokens/sweep",
  says: "sweep removes expired tokens, also on a small budget, and reports nothing of it: tenants and rows are those of callers.",
  async run({ open, clock }) {
    const db = await open({}, "tokens");
    const now = clock();
    const made = await makeAll(db, [{ ...ofAcme, expiresAt: now + 1 }, ofAcme]);
    await db.tenant("a").kv.put(["p"], "k", 1, { ttlMs: 1 });
    await db.tenant("b").kv.put(["p"], "k", 1);
    clock.advance(1);
    const tenants: number[] = [];
    let kvEntries = 0;
    for (let isDone = false; !isDone;) {
      const report = await db.sweep({ budgetMs: 0 });
      tenants.push(report.tenants);
      kvEntries += report.removed.kvEntries;
      isDone = report.done;
    }
    equal(
      tenants.reduce((sum, count) => sum + count, 0),
      2,
    );
    equal(kvEntries, 1);
    clock.set(now);
    deepEqual(await alive(db, made), [1]);
  },
};

export const erasedWithTheirs: Rule = {
  id: "tokens/erasure",
  says: "Erasing a user or a tenant revokes the tokens that are bound to them, and no others; erasing a thread revokes none.",
  async run({ open }) {
    const db = await open({}, "tokens");
    const of = (tenantId: string, userId?: string): NewToken => ({ tenantId, userId, scopes: ["read"] });
    const operators: NewToken = { scopes: ["operator"] };
    const made = await makeAll(db, [
      of("a", "u1"),
      of("a", "u1"),
      of("a", "u2"),
      of("a"),
      of("b", "u1"),
      of("b"),
      operators,
    ]);
    await seed(db.tenant("a"));
    await db.tenant("a").eraseThread("thread-1");
    deepEqual(await alive(db, made), [0, 1, 2, 3, 4, 5, 6]);
    await db.tenant("a").eraseUser("u1");
    deepEqual(await alive(db, made), [2, 3, 4, 5, 6]);
    await db.eraseTenant("b");
    deepEqual(await alive(db, made), [2, 3, 6]);
    const again = await db.tokens.create(of("b", "u1"));
    deepEqual(await alive(db, [again]), [0]);
  },
};

export const noByteOfAToken: Rule = {
  id: "tokens/no-byte-of-an-erased-user",
  says: "Once eraseUser resolves, no byte of the user's tokens is in any file of the store, also where they held nothing else.",
  needs: "files",
  async run({ open, files }) {
    const db = await open({}, "tokens");
    const [kept, erased] = [new Canaries(), new Canaries()];
    for (const canaries of [kept, erased]) {
      const [userId, name] = [canaries.at("user id"), canaries.at("name")];
      await makeAll(
        db,
        Array.from({ length: 5 }, () => ({ ...ofAcme, userId, name })),
      );
    }
    assertThere(erased, await files.read("tokens"), ["user id", "name"]);
    await db.tenant("acme").eraseUser(erased.at("user id"));
    const whileOpen = await files.read("tokens");
    assertGone(erased, whileOpen);
    assertThere(kept, whileOpen, ["user id", "name"]);
    await db.close();
    assertGone(erased, await files.read("tokens"));
  },
};
