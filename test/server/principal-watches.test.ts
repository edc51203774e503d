import { HoldfastError } from "holdfast";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { authenticator } from "../../dist/server/access/authentication.js";
import type { Authenticate } from "../../dist/server/access/authentication.js";
import type { Caller } from "../../dist/server/access/credential.js";
import { PrincipalWatches } from "../../dist/server/access/principal-watches.js";
import type { Principal } from "../../dist/server/access/principal.js";
import { requestOf } from "./answering-app.js";
import { Issuer } from "./issuer.js";
import { KnownTokens } from "./known-tokens.js";

let tokens: KnownTokens;
let authenticate: Authenticate;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  tokens = new KnownTokens();
  authenticate = authenticator(tokens);
});

afterEach(() => {
  vi.useRealTimers();
});

function callerOf(token: string): Promise<Caller> {
  return authenticate(requestOf("/", { token }));
}

describe("a watched stream", () => {
  it("is ended within a second of its token's revocation", async () => {
    const token = tokens.add({});
    const { signal } = new PrincipalWatches().watch(await callerOf(token));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(signal.aborted).toBe(false);
    tokens.revoke(token);
    await vi.advanceTimersByTimeAsync(1000);
    expect(signal.reason).toBeInstanceOf(HoldfastError);
    expect(signal.reason).toMatchObject({ code: "UNAUTHENTICATED" });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is ended when its JWT has expired", async () => {
    vi.useRealTimers();
    await using issuer = await Issuer.start();
    const { issuer: iss, audience, served } = issuer;
    const byJwt = authenticator(tokens, {
      jwt: { issuer: iss, audience, jwks: { keys: served }, clockToleranceSec: 0 },
    });
    const token = await issuer.sign({ tenant_id: "acme" }, { expiresAt: "1m" });
    vi.useFakeTimers({ toFake: ["Date"] });
    const caller = await byJwt(requestOf("/", { token }));
    const { signal } = new PrincipalWatches({ intervalMs: 1 }).watch(caller);
    vi.setSystemTime(Date.now() + 60_000);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    expect(signal.reason).toMatchObject({ code: "UNAUTHENTICATED" });
  });

  it("is ended when it stands for somebody else, or for less", async () => {
    let principal: Principal = { id: "ann", tenantId: "acme", scopes: ["read", "write"] };
    const watches = new PrincipalWatches();
    const watch = async (): Promise<AbortSignal> =>
      watches.watch(await authenticator(tokens, { authenticate: () => principal })(requestOf("/", {}))).signal;
    const first = await watch();
    principal = { ...principal, scopes: ["read"] };
    const second = await watch();
    await vi.advanceTimersByTimeAsync(1000);
    expect([first.aborted, second.aborted]).toEqual([true, false]);
    principal = { ...principal, tenantId: "other" };
    await vi.advanceTimersByTimeAsync(1000);
    expect(second.aborted).toBe(true);
  });

  it("outlives a short outage of the store, and no long one", async () => {
    const { signal } = new PrincipalWatches({ toleratedMs: 5000 }).watch(await callerOf(tokens.add({})));
    tokens.isDown = true;
    await vi.advanceTimersByTimeAsync(4000);
    tokens.isDown = false;
    await vi.advanceTimersByTimeAsync(2000);
    tokens.isDown = true;
    await vi.advanceTimersByTimeAsync(4000);
    expect(signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(signal.reason).toMatchObject({ code: "UNAVAILABLE" });
  });
});

describe("many streams of one credential", () => {
  it("share a timer and a look, and end together", async () => {
    const watches = new PrincipalWatches({ intervalMs: 500 });
    const token = tokens.add({});
    const streams = await Promise.all(Array.from({ length: 100 }, async () => watches.watch(await callerOf(token))));
    const other = watches.watch(await callerOf(tokens.add({ id: "other" })));
    tokens.asked = 0;
    expect(vi.getTimerCount()).toBe(2);
    await vi.advanceTimersByTimeAsync(500);
    expect(tokens.asked).toBe(2);
    tokens.revoke(token);
    await vi.advanceTimersByTimeAsync(500);
    expect(streams.every(({ signal }) => signal.aborted)).toBe(true);
    expect(other.signal.aborted).toBe(false);
  });

  it("are looked at until the last has ended, and anew when one begins again", async () => {
    const watches = new PrincipalWatches();
    const token = tokens.add({});
    const [first, second] = [watches.watch(await callerOf(token)), watches.watch(await callerOf(token))];
    first.release();
    first.release();
    expect(vi.getTimerCount()).toBe(1);
    second.release();
    expect(vi.getTimerCount()).toBe(0);
    const third = watches.watch(await callerOf(token));
    second.release();
    tokens.revoke(token);
    await vi.advanceTimersByTimeAsync(1000);
    expect([first, second, third].map(({ signal }) => signal.aborted)).toEqual([false, false, true]);
  });
});
