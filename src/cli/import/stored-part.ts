import { HoldfastError } from "../../contract/index.js";
import type { LogHead, Message, Tenant, Thread } from "../../contract/index.js";
import type { ImportPlan } from "./plan.js";

/** How much of a plan is in the store: whether its thread is, and how many of its messages. */
export interface StoredPart {
  readonly hasThread: boolean;
  readonly messages: number;
}

/** Looks up several plans at once. Answers `CONFLICT`, as a value, where something else has a plan's id. */
export async function findStored(
  tenant: Tenant,
  plans: readonly ImportPlan[],
): Promise<readonly (StoredPart | HoldfastError)[]> {
  const found = await tenant.read((reader) =>
    plans.map((plan) => ({
      thread: reader.messages.getThread(plan.thread.id, { includeDeleted: true }),
      log: reader.log.head(plan.thread.id),
    })),
  );
  const proofs = plans.map((plan, index) => proofOf(plan, found[index]!.log));
  const proven = await tenant.read((reader) =>
    proofs.map((proof) =>
      proof === undefined ? undefined : reader.messages.getMessage(proof.id, { includeDeleted: true }),
    ),
  );
  return plans.map((plan, index) => judge(plan, { ...found[index]!, proof: proofs[index], proven: proven[index] }));
}

interface Proof {
  readonly id: string;
  /** How many messages of the plan are stored if this one is. */
  readonly messages: number;
}

/** The message that must be stored if the log was written by an import of this plan, and perhaps went on from there. */
function proofOf({ messages }: ImportPlan, { head }: LogHead): Proof | undefined {
  const index = messages.findLastIndex(({ headAfter }) => headAfter <= head);
  return index === -1 ? undefined : { id: messages[index]!.message.id, messages: index + 1 };
}

interface Found {
  readonly thread: Thread | undefined;
  readonly log: LogHead;
  readonly proof: Proof | undefined;
  readonly proven: Message | undefined;
}

function judge(plan: ImportPlan, { thread, log, proof, proven }: Found): StoredPart | HoldfastError {
  if (thread === undefined && log.head === 0) return { hasThread: false, messages: 0 };
  if (thread === undefined) return conflict(plan, "the store has a log of that id, but no thread");
  if (thread.userId !== plan.thread.userId)
    return conflict(plan, `the thread belongs to user ${JSON.stringify(thread.userId)}`);
  if (plan.messages.length === 0) return { hasThread: true, messages: 0 };
  if (proof === undefined || proven?.threadId !== thread.id) return conflict(plan, "the thread has other messages");
  const isWhole = proof.messages === plan.messages.length;
  if (!isWhole && plan.messages[proof.messages - 1]!.headAfter !== log.head)
    return conflict(plan, "its session went on otherwise");
  return { hasThread: true, messages: proof.messages };
}

function conflict({ thread }: ImportPlan, why: string): HoldfastError {
  return new HoldfastError(
    "CONFLICT",
    `conversation ${JSON.stringify(thread.id)} cannot be imported: ${why}. Give the line another "id", or none.`,
    { details: { threadId: thread.id } },
  );
}
