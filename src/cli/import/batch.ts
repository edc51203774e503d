import { HoldfastError, limits } from "../../contract/index.js";
import type { Recorder } from "../../contract/index.js";
import { derivedId } from "./derived-id.js";
import type { ImportPlan, PlannedMessage } from "./plan.js";

/** Consecutive messages of a plan, with their events, that are stored in one commit; with the first come the thread. */
export interface Batch {
  readonly first: number;
  readonly messages: readonly PlannedMessage[];
}

/** Half of what a commit may hold, so that what the store adds never makes one too large. */
const bytesPerBatch = limits.batchBytes / 2;
const messagesPerBatch = limits.batchOperations / 2;
const eventsPerBatch = limits.batchEvents / 2;

/** What of a plan is still to be stored, from message number `from` on, in as few commits as fit. */
export function batchesOf(plan: ImportPlan, from: number): readonly Batch[] {
  const batches: Batch[] = [];
  let first = from;
  do {
    const end = endOfBatch(plan.messages, first);
    batches.push({ first, messages: plan.messages.slice(first, end) });
    first = end;
  } while (first < plan.messages.length);
  return batches;
}

/** Records a batch. Errors of what is invalid in it name the message. */
export function recordBatch(recorder: Recorder, plan: ImportPlan, { first, messages }: Batch): void {
  if (first === 0) recorder.messages.createThread(plan.thread);
  messages.forEach(({ message }, offset) => inMessage(first + offset, () => recorder.messages.createMessage(message)));
  if (messages.length === 0) return;
  const expectedHead = plan.messages[first - 1]?.headAfter ?? 0;
  recorder.log.append(
    plan.thread.id,
    messages.flatMap(({ events }) => events),
    { expectedHead },
  );
}

/** The same for the same batch in every run, so that a repeat is recognised. */
export function operationIdOf(plan: ImportPlan, { messages }: Batch): string {
  return derivedId("operation", plan.thread.id, messages[0]?.message.id ?? "", messages.at(-1)?.message.id ?? "");
}

function endOfBatch(messages: readonly PlannedMessage[], first: number): number {
  let end = first;
  let bytes = 0;
  let events = 0;
  while (end < messages.length && end - first < messagesPerBatch) {
    bytes += messages[end]!.bytes;
    events += messages[end]!.events.length;
    if ((bytes > bytesPerBatch || events > eventsPerBatch) && end > first) break;
    end++;
  }
  return end;
}

function inMessage(index: number, record: () => unknown): void {
  try {
    record();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    const inLine = (path: string): string => path.replace(/^message\b/, `messages[${index}]`);
    const details = {
      ...error.details,
      ...(error.details.path === undefined ? {} : { path: inLine(error.details.path) }),
    };
    throw new HoldfastError(error.code, inLine(error.message), { details, cause: error });
  }
}
