import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { HoldfastError } from "../../contract/index.js";
import type { Token, TokenScope, TokenStore } from "../../contract/index.js";
import { identifier, invalid } from "../../core/arguments.js";
import { unauthenticated } from "./credential.js";
import type { Caller } from "./credential.js";
import type { FailedAttempts } from "./failed-attempts.js";
import { jwtVerifier } from "./jwt.js";
import type { VerifyJwt } from "./jwt.js";
import type { JwtOptions } from "./jwt-options.js";
import { reasonNotLocal } from "./loopback.js";
import type { Principal } from "./principal.js";
import type { ServerEnv } from "../request-variables.js";

/** By what a server knows who is calling. API tokens count, unless there is an `authenticate`. */
export interface AuthenticationOptions {
  /** Accepts the JWTs of an issuer, too. */
  readonly jwt?: JwtOptions | undefined;
  /**
   * Decides instead of everything else here. Gets the request, whose body it must not read, and says who makes it;
   * `undefined` is nobody, and answered with `UNAUTHENTICATED`. For a stream it is asked again every second.
   */
  readonly authenticate?: ((request: Request) => Principal | undefined | Promise<Principal | undefined>) | undefined;
  /**
   * Whether a request without a credential is an operator's, if it was made on this machine: to a loopback name, and by no
   * page of another site. For development only.
   */
  readonly dev?: boolean | undefined;
}

/**
 * Says who makes a request. Rejects with `UNAUTHENTICATED`, always the same, where that is not known, and with `UNAVAILABLE`
 * where it cannot be known now.
 */
export type Authenticate = (request: Request) => Promise<Caller>;

export function authenticator(tokens: Pick<TokenStore, "verify">, options: AuthenticationOptions = {}): Authenticate {
  const { authenticate, dev = false } = options;
  if (authenticate !== undefined) {
    if (options.jwt !== undefined || dev) throw invalid("authenticate", "decides alone: leave out jwt and dev.");
    return (request) => byApplication(authenticate, request);
  }
  const verifyJwt = options.jwt === undefined ? undefined : jwtVerifier(options.jwt);
  return async (request) => {
    const header = request.headers.get("authorization");
    if (header === null) return withoutToken(request, dev);
    const secret = /^bearer +([\w\-.~+/]+=*)$/i.exec(header)?.[1];
    if (secret === undefined) throw unauthenticated("The Authorization header is not of the form `Bearer <token>`");
    return bySecret(secret, tokens, verifyJwt);
  };
}

/** Lets a request pass once it is known who makes it, and writes that down. */
export function authentication(authenticate: Authenticate, attempts?: FailedAttempts): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const client = attempts?.clientOf(c.req.raw, c.env);
    if (client !== undefined) await attempts?.check(client);
    try {
      const { principal, credential } = await authenticate(c.req.raw);
      c.set("principal", principal);
      c.set("credential", credential);
    } catch (error) {
      const isRefused = error instanceof HoldfastError && error.code === "UNAUTHENTICATED";
      if (isRefused && client !== undefined) await attempts?.note(client);
      throw error;
    }
    await next();
  };
}

async function bySecret(
  secret: string,
  tokens: Pick<TokenStore, "verify">,
  verifyJwt: VerifyJwt | undefined,
): Promise<Caller> {
  const verify = secret.startsWith("hf_") ? () => byToken(secret, tokens) : () => byJwt(secret, verifyJwt);
  return { principal: await verify(), credential: { key: keyOf(secret), verify } };
}

async function byToken(secret: string, tokens: Pick<TokenStore, "verify">): Promise<Principal> {
  const token = await tokens.verify(secret).catch((error: unknown) => {
    // What can be no token is as wrong as what is none, and must not be told from it.
    if (error instanceof HoldfastError && error.code === "INVALID_ARGUMENT") return undefined;
    throw error;
  });
  if (token === undefined) throw unauthenticated("API token: there is none, it was revoked, or it has expired");
  return principalOf(token);
}

function byJwt(secret: string, verifyJwt: VerifyJwt | undefined): Promise<Principal> {
  if (verifyJwt === undefined) throw unauthenticated("The token does not begin with hf_, and JWTs are not set up");
  return verifyJwt(secret);
}

function principalOf({ id, tenantId, userId, scopes }: Token): Principal {
  return { id, ...(tenantId !== undefined && { tenantId }), ...(userId !== undefined && { userId }), scopes };
}

function withoutToken(request: Request, dev: boolean): Caller {
  if (!dev) throw unauthenticated("There is no Authorization header");
  const reason = reasonNotLocal(request);
  if (reason !== undefined) throw unauthenticated(`No token, and not from this machine: ${reason}`);
  return developer;
}

const allScopes: readonly TokenScope[] = ["read", "write", "operator"];

const developer: Caller = {
  principal: { id: "dev", scopes: allScopes },
  credential: { key: "dev", verify: () => Promise.resolve(developer.principal) },
};

async function byApplication(
  authenticate: NonNullable<AuthenticationOptions["authenticate"]>,
  request: Request,
): Promise<Caller> {
  const verify = async (): Promise<Principal> => {
    const { headers, method, url } = request;
    const principal = await authenticate(new Request(url, { headers, method }));
    if (principal === undefined) throw unauthenticated("The application's own `authenticate` gave nobody");
    return checkedPrincipal(principal);
  };
  // Which of its headers are the credential, only the application knows: so no two requests are taken to have the same.
  return { principal: await verify(), credential: { key: crypto.randomUUID(), verify } };
}

function checkedPrincipal(principal: Principal): Principal {
  try {
    identifier(principal.id, "principal.id");
    if (!Array.isArray(principal.scopes) || !principal.scopes.every((scope) => allScopes.includes(scope))) {
      throw invalid("principal.scopes", `must be a list of: ${allScopes.join(", ")}.`);
    }
    const isOperator = principal.scopes.includes("operator");
    if (principal.tenantId === undefined && !isOperator) throw invalid("principal.tenantId", "must be given.");
    if (principal.userId !== undefined && isOperator) throw invalid("principal.userId", "is no operator's.");
    return principal;
  } catch (cause) {
    throw new HoldfastError("INTERNAL", "The application's own `authenticate` gave what is no principal.", { cause });
  }
}

function keyOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64");
}
