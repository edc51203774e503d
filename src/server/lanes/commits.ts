import { setMaxListeners } from "node:events";
import { limits } from "../../contract/index.js";
import { describe, identifier, invalid } from "../../core/arguments.js";
import type { CommitError, Scope } from "../../core/backend.js";
import { checkRepeat, idempotencyOf, keyedHash } from "../../core/idempotency.js";
import type { Call } from "../../core/interruption.js";
import { checkCall } from "../../core/interruption.js";
import type { OpenStore } from "../../core/open-store.js";
import type { OperationResult } from "../../core/operations.js";
import type { Prepared } from "../../core/prepared.js";
import { Recording } from "../../core/recorder.js";
import { TenantChannel } from "../../core/tenant-channel.js";
import { withEncodedBodies, withWireBodies } from "../../wire/bodies.js";
import { wireCommit } from "../../wire/lane-operations.js";
import { mostCommits } from "../../wire/lanes.js";
import type { CommitsResult, WireOutcome } from "../../wire/lanes.js";
import { parseBody } from "../../wire/refusal.js";
import { amountOfCommit } from "../access/amounts.js";
import { toShow } from "../error-answer.js";
import type { TenantQuotas } from "../access/quotas.js";
import { prepareOperation } from "./prepare-operation.js";

/** What commits are made with. */
export interface Committing {
  readonly store: OpenStore;
  /** Says whose stores a commit is about, or throws. */
  readonly scopeOf: (asUserId: unknown) => Scope;
  readonly quotas?: TenantQuotas | undefined;
}

/** What the request says of all its commits, where they do not say it themselves. */
export type Requested = Omit<Call, "signal"> & { readonly signal: AbortSignal };

/** Makes the commits of one request, in their order, each succeeding or failing alone. */
export async function makeCommits(server: Committing, commits: unknown, request: Requested): Promise<CommitsResult> {
  if (!Array.isArray(commits)) throw invalid("commits", `must be an array; got ${describe(commits)}.`);
  if (commits.length > mostCommits) {
    throw invalid("commits", `has ${commits.length} commits, and the limit is ${mostCommits}.`, { limit: mostCommits });
  }
  // Every commit listens to the same signal.
  setMaxListeners(0, request.signal);
  // None is waited for before the next is submitted: so they are grouped, and keep their order.
  const outcomes = (commits as unknown[]).map((commit) => makeCommit(server, commit, request));
  return { outcomes: await Promise.all(outcomes) };
}

async function makeCommit(
  { store, scopeOf, quotas }: Committing,
  value: unknown,
  request: Requested,
): Promise<WireOutcome> {
  try {
    const { asUserId, operations, timeoutMs, actor, requestId, ...given } = parseBody(wireCommit, value);
    const channel = new TenantChannel(store, scopeOf(asUserId));
    const deadline = timeoutMs === undefined ? request.deadline : Date.now() + timeoutMs;
    const by = { actor: actor ?? request.actor, requestId: requestId ?? request.requestId };
    const call = checkCall({ signal: request.signal, deadline, ...by });
    const { operationId, fence, digest, isForResending = false } = given;
    const repeat = { ...checkRepeat({ operationId, fence }), digest, isForResending };
    return await store.run(nameOf(operations), channel.tenantId, call, async () => {
      const prepared = recorded(channel, operations);
      const make = (): ReturnType<typeof submit> => submit(channel, prepared, repeat, call);
      const within = quotas?.within(channel.tenantId, amountOfCommit(prepared), make);
      const outcome = await (within ?? make());
      return { value: outcome, rows: outcome.ok ? outcome.results.length : 0 };
    });
  } catch (error) {
    return { ok: false, error: toWireError(error) };
  }
}

/** Checked one after the other, and together, as those of a `write` are. */
function recorded(channel: TenantChannel, operations: unknown): readonly Prepared<unknown>[] {
  if (!Array.isArray(operations) || operations.length === 0) {
    throw invalid("operations", `must be an array of at least one; got ${describe(operations)}.`);
  }
  const recording = new Recording((position) => channel.surroundings({}, position));
  for (const operation of operations as unknown[]) {
    const given = typeof operation === "object" && operation !== null ? withEncodedBodies(operation) : operation;
    recording.record(undefined, [], (around) => prepareOperation(around, given));
  }
  return recording.operations;
}

interface Repeat {
  readonly operationId?: string | undefined;
  readonly digest?: string | undefined;
  readonly isForResending: boolean;
  readonly fence?: ReturnType<typeof checkRepeat>["fence"];
}

async function submit(
  channel: TenantChannel,
  operations: readonly Prepared<unknown>[],
  { operationId, digest, isForResending, fence }: Repeat,
  call: Call,
): Promise<Extract<WireOutcome, { ok: true }>> {
  const { hashKey } = channel.store.backend;
  const compared = operations.map((prepared) => prepared.compared);
  // An id that the client has made for one commit is never used for other operations: there is no need to look at them.
  const known = digest ?? (isForResending ? operationId : undefined);
  const idempotency =
    operationId === undefined
      ? undefined
      : {
          ...(known === undefined
            ? idempotencyOf(hashKey, operationId, compared)
            : { operationId, hash: hashOf(hashKey, known) }),
          ...(isForResending && { isForResending }),
        };
  const { results, repeatOf } = await channel.submit(operations, { idempotency, fence }, call);
  return {
    ok: true,
    results: results.map(withWireExisting),
    ...(repeatOf !== undefined && { repeat: repeatOf === idempotency?.hash ? "same" : "different" }),
  };
}

/** The hash by which a store knows operations with this digest. */
export function hashOf(hashKey: Uint8Array | undefined, digest: string): string {
  return hashKey === undefined ? digest : keyedHash(hashKey, digest);
}

export function checkDigest(value: unknown, path: string): string {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return value;
  throw invalid(path, "must be the SHA-256 of the operations, in hex.");
}

/** What was there already is a row, with bodies. */
function withWireExisting(result: OperationResult): OperationResult {
  if (typeof result !== "object" || !("existing" in result) || result.existing === undefined) return result;
  return { ...result, existing: withWireBodies(result.existing) } as OperationResult;
}

/** What `observe` calls it: by its method where it is one, as a client's own call would be. */
function nameOf(operations: unknown): string {
  const [first, ...others] = Array.isArray(operations) ? (operations as unknown[]) : [];
  if (others.length > 0) return "write";
  const kind = (first as { readonly kind?: unknown } | null | undefined)?.kind;
  return typeof kind === "string" && kind.length <= limits.idBytes ? identifier(kind, "kind") : "write";
}

function toWireError(error: unknown): Omit<CommitError, "cause"> {
  const { code, message, details, retryable, outcome = "none", operationIndex } = toShow(error);
  return { code, message, details, retryable, outcome, ...(operationIndex !== undefined && { operationIndex }) };
}
