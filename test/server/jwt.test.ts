import { generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import type { JWTPayload } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jwtVerifier } from "../../dist/server/access/jwt.js";
import type { JwtOptions } from "../../dist/server/access/jwt-options.js";
import { Issuer } from "./issuer.js";

let issuer: Issuer;
let options: JwtOptions;

beforeEach(async () => {
  issuer = await Issuer.start();
  options = { issuer: issuer.issuer, audience: issuer.audience, jwksUrl: issuer.jwksUrl };
});

afterEach(() => issuer.stop());

const refused = { code: "UNAUTHENTICATED" };

describe("the claims of a JWT", () => {
  it("say tenant, scopes and who it is about", async () => {
    const jwt = await issuer.sign({ sub: "ann", tenant_id: "acme", scope: "openid read write" });
    expect(await jwtVerifier(options)(jwt)).toEqual({ id: "jwt:ann", tenantId: "acme", scopes: ["read", "write"] });
  });

  it("are found by the names that were configured", async () => {
    const verify = jwtVerifier({
      ...options,
      tenantClaim: "https://example.com/org",
      userClaim: "sub",
      scopeClaim: "permissions",
      readScope: "memory:read",
      writeScope: "memory:write",
    });
    const jwt = await issuer.sign({
      sub: "ann",
      "https://example.com/org": "acme",
      permissions: ["memory:read", "read", 7],
    });
    expect(await verify(jwt)).toEqual({ id: "jwt:ann", tenantId: "acme", userId: "ann", scopes: ["read"] });
  });

  it("make nobody an operator, unless it was said by which scope", async () => {
    const claims = { sub: "ann", tenant_id: "acme", scope: "operator" };
    expect(await jwtVerifier(options)(await issuer.sign(claims))).toMatchObject({ scopes: [] });
    const verify = jwtVerifier({ ...options, operatorScope: "holdfast-operator" });
    expect(await verify(await issuer.sign({ sub: "ann", scope: "read holdfast-operator" }))).toEqual({
      id: "jwt:ann",
      scopes: ["read", "operator"],
    });
    await expect(verify(await issuer.sign({ sub: "ann", scope: "read operator" }))).rejects.toMatchObject(refused);
  });

  it.each<[string, JWTPayload]>([
    ["no tenant", {}],
    ["an empty tenant", { tenant_id: "" }],
    ["a tenant that is no string", { tenant_id: ["acme"] }],
    ["a tenant that is too long", { tenant_id: "a".repeat(129) }],
    ["a tenant with NUL", { tenant_id: "acme\0" }],
    ["no user, where there must be one", { tenant_id: "acme" }],
    ["an empty user", { tenant_id: "acme", user: "" }],
  ])("are refused with %s", async (_, claims) => {
    const verify = jwtVerifier({ ...options, userClaim: "user" });
    await expect(verify(await issuer.sign(claims))).rejects.toMatchObject(refused);
  });

  it("are not looked for in what every object has", async () => {
    const verify = jwtVerifier({ ...options, tenantClaim: "constructor" });
    await expect(verify(await issuer.sign({}))).rejects.toMatchObject(refused);
  });

  it("name them by an id that is one, also where `sub` is long or absent, and no token's", async () => {
    const verify = jwtVerifier(options);
    const long = await verify(await issuer.sign({ sub: "s".repeat(255), tenant_id: "acme" }));
    expect(long.id).toMatch(/^jwt:sha256:[0-9a-f]{64}$/);
    expect(await verify(await issuer.sign({ tenant_id: "acme" }))).toMatchObject({ id: "jwt-of:acme" });
  });
});

describe("a JWT is refused", () => {
  it("after it has expired, but for the tolerance", async () => {
    const now = Math.floor(Date.now() / 1000);
    const jwt = await issuer.sign({ tenant_id: "acme" }, { expiresAt: now - 20 });
    await expect(jwtVerifier(options)(jwt)).rejects.toMatchObject(refused);
    expect(await jwtVerifier({ ...options, clockToleranceSec: 60 })(jwt)).toMatchObject({ tenantId: "acme" });
  });

  it("where it never expires", async () => {
    const jwt = await issuer.sign({ tenant_id: "acme" }, { expiresAt: undefined });
    await expect(jwtVerifier(options)(jwt)).rejects.toMatchObject(refused);
  });

  it.each<[string, JWTPayload]>([
    ["before it begins", { nbf: Math.floor(Date.now() / 1000) + 600 }],
    ["from another issuer", { iss: "https://login.example.com" }],
    ["for another audience", { aud: ["another", "third"] }],
  ])("%s", async (_, claims) => {
    const jwt = await issuer.sign({ tenant_id: "acme", ...claims });
    await expect(jwtVerifier(options)(jwt)).rejects.toMatchObject(refused);
  });

  it("without a signature", async () => {
    const claims = new UnsecuredJWT({ tenant_id: "acme" }).setIssuer(issuer.issuer).setAudience(issuer.audience);
    await expect(jwtVerifier(options)(claims.setExpirationTime("5m").encode())).rejects.toMatchObject(refused);
  });

  it("where it was signed with a public key of the issuer as if it were a secret", async () => {
    const secret = new TextEncoder().encode(JSON.stringify(issuer.served[0]));
    const jwt = new SignJWT({ tenant_id: "acme", iss: issuer.issuer, aud: issuer.audience });
    const signed = await jwt.setProtectedHeader({ alg: "HS256", kid: "key-1" }).setExpirationTime("5m").sign(secret);
    await expect(jwtVerifier(options)(signed)).rejects.toMatchObject(refused);
  });

  it("where another's key signed it under the name of the issuer's", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    const jwt = new SignJWT({ tenant_id: "acme", iss: issuer.issuer, aud: issuer.audience });
    const signed = await jwt
      .setProtectedHeader({ alg: "ES256", kid: "key-1" })
      .setExpirationTime("5m")
      .sign(privateKey);
    await expect(jwtVerifier(options)(signed)).rejects.toMatchObject(refused);
  });

  it("where its algorithm is not among those that were pinned", async () => {
    const jwt = await issuer.sign({ tenant_id: "acme" });
    await expect(jwtVerifier({ ...options, algorithms: ["RS256"] })(jwt)).rejects.toMatchObject(refused);
    expect(await jwtVerifier({ ...options, algorithms: ["RS256", "ES256"] })(jwt)).toMatchObject({ tenantId: "acme" });
  });
});

describe("the keys of the issuer", () => {
  it("are fetched once, and again for one that is not known, at most once in the cooldown", async () => {
    const verify = jwtVerifier({ ...options, jwksCooldownMs: 0 });
    const hasty = jwtVerifier({ ...options, jwksCooldownMs: 60_000 });
    const first = await issuer.sign({ tenant_id: "acme" });
    for (const check of [verify, verify, hasty, hasty]) await check(first);
    expect(issuer.fetched).toBe(2);
    await issuer.addKey("key-2");
    const second = await issuer.sign({ tenant_id: "acme" }, { kid: "key-2" });
    expect(await verify(second)).toMatchObject({ tenantId: "acme" });
    expect(issuer.fetched).toBe(3);
    await expect(hasty(second)).rejects.toMatchObject(refused);
    expect(issuer.fetched).toBe(3);
  });

  it("no longer count once they are gone from the set", async () => {
    const verify = jwtVerifier({ ...options, jwksCooldownMs: 0 });
    const first = await issuer.sign({ tenant_id: "acme" });
    await verify(first);
    issuer.served = [];
    await issuer.addKey("key-2");
    await verify(await issuer.sign({ tenant_id: "acme" }, { kid: "key-2" }));
    await expect(verify(first)).rejects.toMatchObject(refused);
  });

  it("are all tried where a JWT does not name one", async () => {
    await issuer.addKey("key-2");
    for (const key of issuer.served) delete key.kid;
    const jwt = await issuer.sign({ tenant_id: "acme" }, { kid: "key-2" });
    expect(JSON.parse(Buffer.from(jwt.split(".")[0] ?? "", "base64url").toString())).toMatchObject({ kid: "key-2" });
    await expect(jwtVerifier(options)(jwt)).rejects.toMatchObject(refused);
    const nameless = await issuer.signNameless({ tenant_id: "acme" }, "key-2");
    expect(await jwtVerifier(options)(nameless)).toMatchObject({ tenantId: "acme" });
  });

  it.each<[string, () => Promise<void> | void]>([
    ["nothing listens there", () => issuer.stop()],
    ["its server fails", () => void (issuer.status = 500)],
    ["what it gives are no keys", () => void (issuer.served = [7 as never])],
  ])("are UNAVAILABLE, and nobody is unauthenticated, where %s", async (_, fail) => {
    const jwt = await issuer.sign({ tenant_id: "acme" });
    await fail();
    await expect(jwtVerifier(options)(jwt)).rejects.toMatchObject({ code: "UNAVAILABLE", retryable: true });
  });

  it("can be given instead", async () => {
    const { jwksUrl: _, ...rest } = options;
    const jwt = await issuer.sign({ tenant_id: "acme" });
    await issuer.stop();
    expect(await jwtVerifier({ ...rest, jwks: { keys: issuer.served } })(jwt)).toMatchObject({ tenantId: "acme" });
  });
});

describe("a configuration is refused", () => {
  it.each<[string, Partial<JwtOptions>, RegExp]>([
    ["that accepts none", { algorithms: ["RS256", "none"] }, /algorithms\[1\] is "none"/],
    ["that accepts NONE", { algorithms: ["NONE"] }, /is "none"/],
    ["that accepts a symmetric algorithm", { algorithms: ["HS256"] }, /algorithms\[0\] is HS256/],
    ["that accepts what nobody knows", { algorithms: ["XX1"] }, /algorithms\[0\] must be one of/],
    ["that accepts no algorithm", { algorithms: [] }, /at least one/],
    ["without an issuer", { issuer: "" }, /jwt\.issuer/],
    ["without an audience", { audience: [] }, /jwt\.audience/],
    ["without keys", { jwksUrl: undefined }, /either jwksUrl or jwks/],
    ["with keys twice", { jwks: { keys: [{}] } }, /either jwksUrl or jwks/],
    ["that fetches keys unencrypted", { jwksUrl: "http://login.example.com/jwks" }, /must be an https: URL/],
    ["that fetches keys from nowhere", { jwksUrl: "login.example.com" }, /must be an https: URL/],
    ["with private keys", { jwksUrl: undefined, jwks: { keys: [{ kty: "EC", d: "x" }] } }, /has a secret/],
    ["with a secret", { jwksUrl: undefined, jwks: { keys: [{ kty: "oct", k: "x" }] } }, /has a secret/],
    ["with a tolerance of a day", { clockToleranceSec: 86_400 }, /clockToleranceSec/],
  ])("%s", (_, change, message) => {
    expect(() => jwtVerifier({ ...options, ...change })).toThrow(message);
  });
});
