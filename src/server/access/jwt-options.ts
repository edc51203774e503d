import type { TokenScope } from "../../contract/index.js";
import { integer, invalid, oneOf } from "../../core/arguments.js";
import { isLoopbackName } from "./loopback.js";

/** Which JWTs a server accepts, and what their claims say. */
export interface JwtOptions {
  /** What `iss` must be, exactly. */
  readonly issuer: string;
  /** What `aud` must be, or have among others: one of these. */
  readonly audience: string | readonly string[];
  /** The algorithms to accept, all asymmetric: every one that is, by default. `none` and `HS…` are refused here. */
  readonly algorithms?: readonly string[] | undefined;
  /**
   * Where the issuer's keys are: `https:`, or `http:` on this machine. They are kept for 10 minutes, and fetched again for a
   * key that is not among them, at most every 30 seconds.
   */
  readonly jwksUrl?: string | undefined;
  /** The keys themselves, as a JWK Set of public keys, instead of `jwksUrl`. */
  readonly jwks?: { readonly keys: readonly object[] } | undefined;
  /** The claim with the tenant: `tenant_id` by default. A JWT without it is refused, unless it is an operator's. */
  readonly tenantClaim?: string | undefined;
  /** The claim with the user, such as `sub`. Where it is given, a JWT without it is refused; by default a JWT is for all users. */
  readonly userClaim?: string | undefined;
  /** The claim with the scopes, a list or a string with spaces between: `scope` by default. */
  readonly scopeClaim?: string | undefined;
  /** What the issuer calls the scope `read`; `read` by default. */
  readonly readScope?: string | undefined;
  /** What the issuer calls the scope `write`; `write` by default. */
  readonly writeScope?: string | undefined;
  /** What the issuer calls the scope `operator`. No JWT is an operator's by default. */
  readonly operatorScope?: string | undefined;
  /** Seconds by which the issuer's clock may differ from this one; 5 by default. */
  readonly clockToleranceSec?: number | undefined;
  /** Milliseconds between two fetches of the keys for one that is not known; 30,000 by default. */
  readonly jwksCooldownMs?: number | undefined;
}

/** The same, with its defaults. Either `jwks` or `jwksUrl` is there. */
export interface CheckedJwtOptions {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly algorithms: readonly string[];
  readonly jwksUrl?: URL;
  readonly jwks?: { readonly keys: readonly object[] };
  readonly tenantClaim: string;
  readonly userClaim?: string;
  readonly scopeClaim: string;
  readonly scopeNames: Readonly<Partial<Record<TokenScope, string>>>;
  readonly clockToleranceSec: number;
  readonly jwksCooldownMs: number;
}

/** Checks what JWTs are to be trusted by. `INVALID_ARGUMENT` where that would trust too much. */
export function checkJwtOptions(options: JwtOptions): CheckedJwtOptions {
  const { audience, operatorScope, userClaim } = options;
  const audiences = typeof audience === "string" ? [audience] : audience;
  if (!Array.isArray(audiences) || audiences.length === 0) {
    throw invalid("jwt.audience", "must name who the JWTs are for: a string, or a list of at least one.");
  }
  return {
    issuer: text(options.issuer, "jwt.issuer"),
    audience: audiences.map((name) => text(name, "jwt.audience")),
    algorithms: algorithmsOf(options.algorithms),
    ...keySource(options),
    tenantClaim: text(options.tenantClaim ?? "tenant_id", "jwt.tenantClaim"),
    ...(userClaim !== undefined && { userClaim: text(userClaim, "jwt.userClaim") }),
    scopeClaim: text(options.scopeClaim ?? "scope", "jwt.scopeClaim"),
    scopeNames: {
      read: text(options.readScope ?? "read", "jwt.readScope"),
      write: text(options.writeScope ?? "write", "jwt.writeScope"),
      ...(operatorScope !== undefined && { operator: text(operatorScope, "jwt.operatorScope") }),
    },
    clockToleranceSec: integer(options.clockToleranceSec ?? 5, "jwt.clockToleranceSec", 0, 300),
    jwksCooldownMs: integer(options.jwksCooldownMs ?? 30_000, "jwt.jwksCooldownMs", 0),
  };
}

const asymmetric = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

function algorithmsOf(algorithms: readonly string[] = asymmetric): readonly string[] {
  if (!Array.isArray(algorithms) || algorithms.length === 0) {
    throw invalid("jwt.algorithms", 'must be a list of at least one, such as ["RS256"].');
  }
  return algorithms.map((name: string, index) => {
    const path = `jwt.algorithms[${index}]`;
    if (name.toLowerCase() === "none") throw invalid(path, 'is "none": anybody could write such a JWT. Leave it out.');
    if (/^hs/i.test(name)) {
      throw invalid(path, `is ${name}: whoever can check such a JWT can also make one. Use an asymmetric one.`);
    }
    return oneOf(name, path, asymmetric);
  });
}

function keySource({ jwks, jwksUrl }: JwtOptions): Pick<CheckedJwtOptions, "jwks" | "jwksUrl"> {
  if ((jwks === undefined) === (jwksUrl === undefined)) {
    throw invalid("jwt", "must have either jwksUrl or jwks: where the keys of the issuer are, or the keys themselves.");
  }
  if (jwks !== undefined) return { jwks: publicKeys(jwks) };
  const url = URL.canParse(jwksUrl as string) ? new URL(jwksUrl as string) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopbackName(url.hostname)))
    return { jwksUrl: url };
  throw invalid(
    "jwt.jwksUrl",
    "must be an https: URL. With http:, anybody on the way could give this server keys of their own.",
  );
}

function publicKeys(jwks: { readonly keys: readonly object[] }): { readonly keys: readonly object[] } {
  if (!Array.isArray(jwks.keys) || jwks.keys.length === 0) {
    throw invalid("jwt.jwks.keys", "must be a list of at least one JSON Web Key.");
  }
  for (const [index, key] of jwks.keys.entries() as ArrayIterator<[number, object]>) {
    if ("d" in key || "k" in key) {
      throw invalid(`jwt.jwks.keys[${index}]`, "has a secret in it. Give the public keys of the issuer only.");
    }
  }
  return jwks;
}

function text(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "") throw invalid(path, "must be a string that is not empty.");
  return value;
}
