import { createHash, createHmac } from "node:crypto";
import { stringify } from "uuid";
import { HoldfastError } from "../contract/index.js";
import type { Fence, WriteOptions } from "../contract/index.js";
import { describe, identifier, integer, invalid, oneOf, optional } from "./arguments.js";
import type { Idempotency, Scope } from "./backend.js";
import type { Options } from "./prepared.js";

/** The names of the options in `WriteOptions` that `CallOptions` has not. */
export const writeOptions = ["operationId", "onRepeat", "fence"] as const;

/** The checked options of a write, apart from its call's. */
export type RepeatOptions = Pick<WriteOptions, "operationId" | "onRepeat" | "fence">;

export function checkRepeat(options: Options): RepeatOptions {
  return {
    operationId: optional(options.operationId, "options.operationId", identifier),
    onRepeat: optional(options.onRepeat, "options.onRepeat", (value, path) =>
      oneOf(value, path, ["conflict", "first"]),
    ),
    fence: optional(options.fence, "options.fence", checkFence),
  };
}

/** Any object with a name and a token will do: a lease, or what was sent of it. */
function checkFence(value: unknown, path: string): Fence {
  if (typeof value !== "object" || value === null) throw invalid(path, `must be a lease; got ${describe(value)}.`);
  const { name, token } = value as { readonly name?: unknown; readonly token?: unknown };
  return { name: identifier(name, `${path}.name`), token: integer(token, `${path}.token`, 1) };
}

/**
 * The id that a write with an `operationId` gives to what its operation number `position` creates: a UUIDv8 (RFC 9562, 5.8)
 * of the SHA-256 of these and the scope, so that a retry makes the same one.
 */
export function derivedId({ tenantId, userId }: Scope, operationId: string, position: number): string {
  const bytes = createHash("sha256")
    .update(JSON.stringify([tenantId, operationId, position, ...(userId === undefined ? [] : [userId])]))
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return stringify(bytes);
}

/**
 * What an engine needs to recognise a repeat of these operations. Without a key, what whoever has it keys: so a repeat is
 * recognised whichever way it comes.
 */
export function idempotencyOf(
  hashKey: Uint8Array | undefined,
  operationId: string,
  compared: readonly unknown[],
): Idempotency {
  const text = JSON.stringify(compared, (_, value: unknown) =>
    value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("base64") } : value,
  );
  const digest = createHash("sha256").update(text).digest("hex");
  return { operationId, hash: hashKey === undefined ? digest : keyedHash(hashKey, digest) };
}

/** The hash that is stored, of the digest of operations. */
export function keyedHash(hashKey: Uint8Array, digest: string): string {
  return createHmac("sha256", hashKey).update(digest).digest("hex");
}

/** Throws where an `operationId` was used for different operations, unless the caller wants the first result anyway. */
export function checkRepeated(repeat: RepeatOptions, hash: string, recordedHash: string): void {
  if (hash === recordedHash || repeat.onRepeat === "first") return;
  throw new HoldfastError(
    "CONFLICT",
    `The operationId ${JSON.stringify(repeat.operationId)} was used for different operations. Use another one, or pass onRepeat: "first" for the result of those.`,
    { details: { path: "options.operationId", operationId: repeat.operationId }, outcome: "none" },
  );
}
