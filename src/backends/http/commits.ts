import { HoldfastError } from "../../contract/index.js";
import type { Commit, CommitOutcome } from "../../core/backend.js";
import { recordsOf } from "../../core/exports.js";
import type { Operation, OperationResult } from "../../core/operations.js";
import { withEncodedBodies, withWireBodies } from "../../wire/bodies.js";
import { lanes } from "../../wire/lanes.js";
import type { CommitsRequest, CommitsResult, WireCommit, WireOutcome } from "../../wire/lanes.js";
import { isLost } from "./errors.js";
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
  let open = group.map((_, index) => index);
  for (;;) {
    const commits = open.map((index) => withRemaining(sent[index] as WireCommit, group[index] as Commit));
    const request: CommitsRequest = { tenantId, commits };
    const { outcomes: answered } = await transport.call<CommitsResult>(lanes.commits, request, { gone });
    for (const [at, index] of open.entries()) {
      outcomes[index] = toOutcome(group[index] as Commit, answered[at] ?? unanswered);
    }
    open = open.filter((index) => isUndecided(outcomes[index] as CommitOutcome));
    if (open.length === 0 || !(await backoff.wait(gone))) return outcomes;
  }
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
  return deadline === undefined ? commit : { ...commit, timeoutMs: Math.max(deadline - Date.now(), 0) };
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
  if (!outcome.ok) return outcome;
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
  if (outcome.ok) return false;
  const { code, message, ...init } = outcome.error;
  return isLost(new HoldfastError(code, message, { details: init.details }));
}

const unanswered: WireOutcome = {
  ok: false,
  error: { code: "INTERNAL", message: "The server gave no outcome for this commit.", outcome: "unknown" },
};
