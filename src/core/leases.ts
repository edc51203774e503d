import { HoldfastError } from "../contract/index.js";
import type { Fence, Lease, Stores } from "../contract/index.js";
import { identifier, integer, invalid } from "./arguments.js";
import { writeOptions } from "./idempotency.js";
import { longestTtlMs } from "./kv-writes.js";
import type { AcquireLease, LeaseResult, ReleaseLease, RenewLease } from "./operations.js";
import type { Options, Prepared } from "./prepared.js";
import type { TenantChannel } from "./tenant-channel.js";

export async function takeLease(channel: TenantChannel, name: unknown, options: unknown): Promise<Lease> {
  // The lifetime is no option to leave out: given none at all, it is that which is missing.
  const given = options === undefined ? {} : options;
  return channel.writeOne("lease", given, ["ttlMs"], (_, { ttlMs, fence }) => {
    if (fence !== undefined) throw unknown("fence");
    const { operation, compared, bytes } = prepareAcquire(name, ttlMs);
    const present = (result: LeaseResult): Lease => new HeldLease(channel, result, operation.ttlMs);
    return { operation, compared, bytes, present };
  });
}

/** The handles that leases can be taken from, each with its way to the store. */
const channels = new WeakMap<Stores, TenantChannel>();

/** Makes a handle one that `heldLease` knows. */
export function canHoldLeases<S extends Stores>(stores: S, channel: TenantChannel): S {
  channels.set(stores, channel);
  return stores;
}

/**
 * A lease that was taken elsewhere, by its name and token, for whoever is told to renew or release it. Its lifetime is not
 * known here, so `renew` must be given one. `UNSUPPORTED` where the handle is none of ours.
 */
export function heldLease(stores: Stores, { name, token }: Fence): Pick<Lease, "renew" | "release"> {
  const channel = channels.get(stores);
  if (channel === undefined) {
    throw new HoldfastError(
      "UNSUPPORTED",
      "A lease can be renewed by name and token only on a store that open() gave.",
    );
  }
  const expiresAt = Number.NaN;
  return new HeldLease(channel, { name: identifier(name, "name"), token: integer(token, "token", 1), expiresAt });
}

/** The writes of leases, from the caller's arguments to operations. Each throws where an argument is wrong. */

export function prepareAcquire(name: unknown, ttlMs: unknown): PreparedLease<AcquireLease> {
  const lasts = lifetime(ttlMs);
  const operation: AcquireLease = { kind: "lease.acquire", name: identifier(name, "name"), ttlMs: lasts };
  return { operation, compared: operation, bytes: 0, present: asIs };
}

export function prepareRenew(name: unknown, token: unknown, ttlMs: unknown): PreparedLease<RenewLease> {
  const held = { name: identifier(name, "name"), token: integer(token, "token", 1) };
  const operation: RenewLease = { kind: "lease.renew", ...held, ttlMs: lifetime(ttlMs) };
  return { operation, compared: operation, bytes: 0, present: asIs };
}

export function prepareRelease(name: unknown, token: unknown): Prepared<boolean> {
  const held = { name: identifier(name, "name"), token: integer(token, "token", 1) };
  const operation: ReleaseLease = { kind: "lease.release", ...held };
  return { operation, compared: operation, bytes: 0, present: (wasHeld: boolean) => wasHeld };
}

interface PreparedLease<O extends AcquireLease | RenewLease> extends Prepared<LeaseResult> {
  readonly operation: O;
}

function lifetime(ttlMs: unknown): number {
  return integer(ttlMs, "options.ttlMs", 1, longestTtlMs);
}

function asIs(result: LeaseResult): LeaseResult {
  return result;
}

class HeldLease implements Lease {
  readonly name: string;
  readonly token: number;
  readonly #channel: TenantChannel;
  #ttlMs: number | undefined;
  #expiresAt: number;

  constructor(channel: TenantChannel, { name, token, expiresAt }: LeaseResult, ttlMs?: number) {
    this.name = name;
    this.token = token;
    this.#channel = channel;
    this.#ttlMs = ttlMs;
    this.#expiresAt = expiresAt;
  }

  get expiresAt(): number {
    return this.#expiresAt;
  }

  async renew(options?: unknown): Promise<Lease> {
    const { name, token } = this;
    return this.#channel.writeOne("lease.renew", options, ["ttlMs"], (_, given) => {
      refuseWriteOptions(given);
      const { operation, compared, bytes } = prepareRenew(
        name,
        token,
        given.ttlMs === undefined ? this.#ttlMs : given.ttlMs,
      );
      const present = ({ expiresAt }: LeaseResult): Lease => {
        this.#ttlMs = operation.ttlMs;
        this.#expiresAt = expiresAt;
        return this;
      };
      return { operation, compared, bytes, present };
    });
  }

  async release(options?: unknown): Promise<boolean> {
    const { name, token } = this;
    return this.#channel.writeOne("lease.release", options, [], (_, given) => {
      refuseWriteOptions(given);
      return prepareRelease(name, token);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }
}

/** What belongs to a lease can be repeated as it is, and is its own fence. */
function refuseWriteOptions(options: Options): void {
  for (const name of writeOptions) if (options[name] !== undefined) throw unknown(name);
}

function unknown(name: string): HoldfastError {
  return invalid(`options.${name}`, "is not known here.");
}
