import type { CallOptions } from "./context.js";
import type { EpochMs, TenantId, UserId } from "./identifiers.js";
import type { PageOptions, PagePromise } from "./pages.js";

/**
 * What a token allows. `"read"` and `"write"`: the stores of the tenant, or of the user, that it is bound to. `"operator"`: any
 * tenant, and what crosses tenants.
 */
export type TokenScope = "read" | "write" | "operator";

export interface NewToken {
  /** The one tenant that it is for, which need not hold anything yet. Must be given, but for an operator's, which has none. */
  readonly tenantId?: TenantId | undefined;
  /** The one user of that tenant that it is for: then it is `tenant.user(userId)`. No operator's has one. */
  readonly userId?: UserId | undefined;
  /** At least one, and each once. */
  readonly scopes: readonly TokenScope[];
  /** From when on it is worth nothing, by the clock of the store: an instant in the future. Never, by default. */
  readonly expiresAt?: EpochMs | undefined;
  /** What it is for, in words: 1 to 256 bytes. Put no personal data in it. */
  readonly name?: string | undefined;
}

/** What is known of a token. Its secret is not: only a hash of that is kept. */
export interface Token {
  readonly id: string;
  readonly tenantId?: TenantId;
  readonly userId?: UserId;
  readonly scopes: readonly TokenScope[];
  readonly name?: string;
  readonly createdAt: EpochMs;
  readonly expiresAt?: EpochMs;
}

export interface CreatedToken extends Token {
  /** What its holder shows: `hf_` and 64 letters, digits, `-` and `_`. It is given here, once, and can be had from nowhere again. */
  readonly secret: string;
}

/**
 * The API tokens of a store, by which a server knows who is calling. They are kept in the store, so all its servers know them,
 * but are no tenant's data: no list, count, export or copy of tenants has them. A backup has.
 *
 * Erasing a tenant or a user revokes the tokens that are bound to them first.
 */
export interface TokenStore {
  /** Makes a token. Not idempotent: of a call whose answer was lost, a token may be left that nobody has the secret of. */
  create(token: NewToken, options?: CallOptions): Promise<CreatedToken>;

  /**
   * The token with this secret; `undefined` where there is none, or it has expired or was revoked. Any text may be asked
   * about. One read at most, so that it can be asked for every request.
   */
  verify(secret: string, options?: CallOptions): Promise<Token | undefined>;

  /** All that were neither revoked nor have expired, in the order of their ids: oldest first. */
  list(options?: PageOptions & CallOptions): PagePromise<Token>;

  /** Ends a token at once, on every server of the store. `false` where there is none of this id. */
  revoke(tokenId: string, options?: CallOptions): Promise<boolean>;
}
