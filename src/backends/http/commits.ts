import { HoldfastError } from "../../contract/index.js";
import type { ErrorCode } from "../../contract/index.js";
import type { Commit, CommitError, CommitOutcome } from "../../core/backend.js";
import { recordsOf } from "../../core/exports.js";
import type { Operation, OperationResult } from "../../core/operations.js";
import { withEncodedBodies, withWireBodies } from "../../wire/bodies.js";
import { lanes } from "../../wire/lanes.js";
import type { CommitsRequest, CommitsResult, WireCommit, WireOutcome } from "../../wire/lanes.js";
import { notOurs } from "./answers.js";
import { isLost, retryAfterMs } from "./errors.js";
import { remaining } from "./remaining.js";
import type { Transport } from "./transport.js";

/** Sends a group of commits of one tenant, and again those of which the server cannot say what came of them. */
export async function sendCommits(
  transport: Transport,
  group: readonly Commit[],
  gone: AbortSignal | undefined,
): Promise<readonly CommitOutcome[]> {
  const [first] = group;
  const { tenantId } = first as Commit;
  const outcomes: CommitOutcome[] = Array.from({ length: group.length });
  const sent = group.map(toWire);
  const backoff = transport.backoff();
  /** From here on nothing is decided: what stands before is not sent again, since what came behind it may be stored. */
  let open = 0;
  let mayBeStored = false;
  for (;;) {
    const commits = sent.slice(open).map((commit, at) => withRemaining(commit, group[open + at] as Commit));
    const answered = await askForOutcomes(transport, tenantId, commits, gone);
    for (const [at, outcome] of answered.entries()) {
      outcomes[open + at] = settledOutcome(toOutcome(group[open + at] as Commit, outcome), mayBeStored);
    }
    const undecided = outcomes.findLastIndex((outcome) => !isUndecided(outcome)) + 1;
    const waited = undecided < group.length && (await backoff.wait(gone, longestWait(outcomes.slice(undecided))));
    if (!waited) return outcomes;
    // Also where it is true of another one of them only: what is unknown is never said to be known.
    mayBeStored = outcomes.slice(undecided).some(isUnknown);
    open = undecided;
  }
}

/** One outcome for each commit, also where there is no answer. */
async function askForOutcomes(
  transport: Transport,
  tenantId: string,
  commits: readonly WireCommit[],
  gone: AbortSignal | undefined,
): Promise<readonly WireOutcome[]> {
  try {
    const request: CommitsRequest = { tenantId, commits };
    const answer = await transport.callOnce<Partial<CommitsResult> | undefined>(lanes.commits, request, gone);
    const outcomes = answer?.outcomes;
    if (!Array.isArray(outcomes) || outcomes.length !== commits.length) {
      throw notOurs({ status: 200, url: transport.base });
    }
    return outcomes;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    // What refuses a whole request does so before any of it is done.
    const { code, message, details, retryable, outcome = mayBeInTheMiddle.has(code) ? "unknown" : "none" } = error;
    const cause = error.cause instanceof Error ? { cause: error.cause.message } : {};
    return commits.map(() => ({ ok: false, error: { code, message, details, retryable, outcome, ...cause } }));
  }
}

const mayBeInTheMiddle: ReadonlySet<ErrorCode> = new Set(["UNAVAILABLE", "INTERNAL", "CANCELLED", "DEADLINE_EXCEEDED"]);

/** What a store refuses once it has seen that the commit is no repeat: so none of it was stored before, either. */
const decided: ReadonlySet<ErrorCode> = new Set([
  "INVALID_ARGUMENT",
  "NOT_FOUND",
  "ALREADY_EXISTS",
  "CONFLICT",
  "TOO_LARGE",
]);

function settledOutcome(outcome: CommitOutcome, mayBeStored: boolean): CommitOutcome {
  if (outcome.ok || !mayBeStored || decided.has(outcome.error.code)) return outcome;
  return { ok: false, error: { ...outcome.error, outcome: "unknown" } };
}

/** With an `operationId` of its own, where the caller gave none: so that it can be sent again, and is stored once. */
function toWire({ userId, operations, idempotency, fence, actor, requestId }: Commit): WireCommit {
  return {
    ...(userId !== undefined && { asUserId: userId }),
    operations: operations.map(toWireOperation),
    ...(idempotency === undefined
      ? { operationId: `sent-${crypto.randomUUID()}`, isForResending: true }
      : { operationId: idempotency.operationId, digest: idempotency.hash }),
    ...(fence && { fence: { name: fence.name, token: fence.token } }),
    ...(actor !== undefined && { actor }),
    ...(requestId !== undefined && { requestId }),
  };
}

/** Each time it is sent, with what then remains until its deadline. */
function withRemaining(commit: WireCommit, { deadline }: Commit): WireCommit {
  return { ...commit, ...remaining(deadline) };
}

/** Rows of an import go as the records that they were made of, so that the server can check them as such. */
function toWireOperation(operation: Operation): Operation {
  switch (operation.kind) {
    case "import.thread":
    case "import.message":
    case "import.snapshot":
    case "import.entry":
    case "import.log":
    case "import.events": {
      const of = operation.kind === "import.events" ? { threadId: operation.threadId } : {};
      return { kind: operation.kind, ...of, records: recordsOf(operation) } as unknown as Operation;
    }
    default:
      return withWireBodies(operation);
  }
}

function toOutcome({ idempotency }: Commit, outcome: WireOutcome): CommitOutcome {
  if (!outcome.ok) {
    const { code, retryable: _, ...error } = outcome.error;
    // It is the server that is closing, and another one may take it.
    return code === "CLOSED" ? { ok: false, error: { ...error, code: "UNAVAILABLE" } } : outcome;
  }
  const results = outcome.results.map(withEncodedExisting);
  if (outcome.repeat === undefined) return { ok: true, results };
  // Without a hash of the caller's it is a repeat of ours: the answer to the first was lost.
  const own = idempotency?.hash ?? "";
  return { ok: true, results, repeatOf: outcome.repeat === "same" ? own : `not ${own}` };
}

function withEncodedExisting(result: OperationResult): OperationResult {
  if (typeof result !== "object" || !("existing" in result) || result.existing === undefined) return result;
  return { ...result, existing: withEncodedBodies(result.existing) } as OperationResult;
}

function isUndecided(outcome: CommitOutcome): boolean {
  return !outcome.ok && isLost(toError(outcome.error));
}

function isUnknown(outcome: CommitOutcome): boolean {
  return !outcome.ok && outcome.error.outcome !== "none";
}

function longestWait(outcomes: readonly CommitOutcome[]): number {
  return Math.max(0, ...outcomes.map((each) => (each.ok ? 0 : (retryAfterMs(toError(each.error)) ?? 0))));
}

function toError({ code, message, details, retryable }: CommitError): HoldfastError {
  return new HoldfastError(code, message, { details, retryable });
}
