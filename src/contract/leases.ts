import type { CallOptions, WriteOptions } from "./context.js";
import type { EpochMs, Identifier } from "./identifiers.js";

/** Shows, to a write, that the caller still holds a lease. A `Lease` is one; so are its name and token sent elsewhere. */
export interface Fence {
  readonly name: Identifier;
  /** Greater than that of every earlier holder of any lease of the tenant. */
  readonly token: number;
}

/**
 * The right of one holder to do something, until it expires: one run per thread, for example.
 *
 * Pass it as `fence` to the writes that it is for. Where it has expired, was released, or is held by somebody else, they are
 * refused with `CONFLICT`, so that a holder who was stopped for too long cannot write over its successor.
 */
export interface Lease extends Fence, AsyncDisposable {
  /** When it ends, by the store's clock, unless it is renewed. */
  readonly expiresAt: EpochMs;

  /** Makes it last `ttlMs` (that of before, where none is given) from now. `CONFLICT` where it is no longer held. */
  renew(options?: RenewOptions & CallOptions): Promise<Lease>;

  /** Ends it, so that another can have it at once. `false` where it was not held any more. */
  release(options?: CallOptions): Promise<boolean>;
}

export interface LeaseOptions extends Omit<WriteOptions, "fence"> {
  /** How long it lasts unless it is renewed: an integer from 1. */
  readonly ttlMs: number;
}

export interface RenewOptions {
  readonly ttlMs?: number | undefined;
}
