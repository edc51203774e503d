import { createHash } from "node:crypto";
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify } from "jose";
import type { CryptoKey, JSONWebKeySet, JWTPayload, JWTVerifyGetKey, JWTVerifyOptions } from "jose";
import { HoldfastError, limits } from "../../contract/index.js";
import type { TokenScope } from "../../contract/index.js";
import { identifier } from "../../core/arguments.js";
import { unauthenticated } from "./credential.js";
import { checkJwtOptions } from "./jwt-options.js";
import type { CheckedJwtOptions, JwtOptions } from "./jwt-options.js";
import type { Principal } from "./principal.js";

/** Says who a JWT is about. Rejects with `UNAUTHENTICATED`, or `UNAVAILABLE` where its issuer's keys cannot be had. */
export type VerifyJwt = (token: string) => Promise<Principal>;

/** Makes the check of an issuer's JWTs. `INVALID_ARGUMENT` where `options` are not what it can trust. */
export function jwtVerifier(options: JwtOptions): VerifyJwt {
  const checked = checkJwtOptions(options);
  const keys = keysOf(checked);
  const verifying: JWTVerifyOptions = {
    issuer: checked.issuer,
    audience: [...checked.audience],
    algorithms: [...checked.algorithms],
    clockTolerance: checked.clockToleranceSec,
    // Without it a JWT is good for ever, and there is no revoking it.
    requiredClaims: ["exp"],
  };
  return async (token) => principalOf(await verified(token, keys, verifying), checked);
}

function keysOf({ jwks, jwksUrl, jwksCooldownMs }: CheckedJwtOptions): JWTVerifyGetKey {
  if (jwks !== undefined) return createLocalJWKSet(jwks as JSONWebKeySet);
  const remote = createRemoteJWKSet(jwksUrl as URL, { cooldownDuration: jwksCooldownMs });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new HoldfastError(
        "UNAVAILABLE",
        "The keys that JWTs are checked with cannot be had now. Try again later.",
        {
          cause: error,
        },
      );
    }
  };
}

async function verified(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (error instanceof HoldfastError) throw error;
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifiedByOne(token, error, options);
    throw unauthenticated(`JWT: ${reasonOf(error)}`);
  }
}

/** Where a JWT does not name its key, and several could be it. */
async function verifiedByOne(
  token: string,
  keys: AsyncIterable<CryptoKey>,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of keys) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw unauthenticated(`JWT: ${reasonOf(error)}`);
    }
  }
  throw unauthenticated("JWT: no key of the issuer has signed it");
}

function principalOf(claims: JWTPayload, options: CheckedJwtOptions): Principal {
  const scopes = scopesOf(claimOf(claims, options.scopeClaim), options);
  // An operator may name any tenant and any user, so a tenant or user in their claims narrows nothing.
  if (scopes.includes("operator")) return { id: idOf(claims, "operator"), scopes };
  const tenantId = idClaim(claims, options.tenantClaim, limits.tenantIdBytes);
  // Left out, it would be a principal of the whole tenant: more than whoever issued it for one user meant.
  const userId = options.userClaim === undefined ? undefined : idClaim(claims, options.userClaim, limits.idBytes);
  return { id: idOf(claims, tenantId), tenantId, ...(userId !== undefined && { userId }), scopes };
}

function scopesOf(claim: unknown, { scopeNames }: CheckedJwtOptions): readonly TokenScope[] {
  const names: unknown[] = typeof claim === "string" ? claim.split(" ") : Array.isArray(claim) ? claim : [];
  return (["read", "write", "operator"] as const).filter((scope) => {
    const name = scopeNames[scope];
    return name !== undefined && names.includes(name);
  });
}

function idClaim(claims: JWTPayload, name: string, maxBytes: number): string {
  const claim = claimOf(claims, name);
  if (claim === undefined) throw unauthenticated(`JWT: it has no claim "${name}"`);
  try {
    return identifier(claim, `claim "${name}"`, maxBytes);
  } catch {
    throw unauthenticated(`JWT: its claim "${name}" is no identifier`);
  }
}

/** Apart from the ids of API tokens, so that nobody who chooses their `sub` uses up what is another's. */
function idOf({ sub }: JWTPayload, otherwise: string): string {
  const name = typeof sub === "string" && sub !== "" ? `jwt:${sub}` : `jwt-of:${otherwise}`;
  try {
    return identifier(name, "sub");
  } catch {
    return `jwt:sha256:${createHash("sha256").update(name).digest("hex")}`;
  }
}

function claimOf(claims: JWTPayload, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
