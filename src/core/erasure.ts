import { setTimeout as pause } from "node:timers/promises";
import { HoldfastError } from "../contract/index.js";
import type { ErasureReceipt } from "../contract/index.js";
import { invalid, optional } from "./arguments.js";
import type { Engine, NewErasure, PendingErasure } from "./backend.js";
import { checkInterrupted, interruptible } from "./interruption.js";
import type { Call } from "./interruption.js";
import type { OpenStore } from "./open-store.js";
import type { Options } from "./prepared.js";
import { revokeTokensOf } from "./tokens.js";

export const eraseOptions = ["reason"] as const;

const longestReason = 1024;

/** What is to be erased. */
type Erased = Pick<NewErasure, "kind" | "tenantId" | "subjectId">;

/** Notes and records an erasure, and carries it out. */
export async function erase(store: OpenStore, what: Erased, call: Call, options: Options): Promise<ErasureReceipt> {
  const reason = optional(options.reason, "options.reason", checkReason);
  const erasure: NewErasure = {
    ...what,
    id: store.newId(),
    now: store.clock(),
    ...(call.actor !== undefined && { actor: call.actor }),
    ...(call.requestId !== undefined && { requestId: call.requestId }),
    ...(reason !== undefined && { reason }),
  };
  await store.erasuresFile?.note(erasure);
  checkInterrupted(call, "none");
  return interruptible(call, store.upkeep.erase(erasure, call), () => "unknown");
}

/** Records an erasure, and carries it out with an engine. */
export async function eraseInSteps(
  store: OpenStore,
  engine: Engine,
  erasure: NewErasure,
  call: Call,
): Promise<ErasureReceipt> {
  await revokeTokens(store, engine, erasure, call);
  return carryOut(store, engine, await engine.beginErasure(erasure), call);
}

/** Goes on with every erasure that was begun and is not complete. Resolves with their number. */
export async function resumeErasures(store: OpenStore, engine: Engine, call: Call): Promise<number> {
  const pending = await engine.pendingErasures();
  for (const erasure of pending) await carryOut(store, engine, erasure, call);
  return pending.length;
}

/** How long to wait where another process still reads what is to go. */
const pauseMs = 50;

/** Step by step, so that other writes get their turn in between. */
async function carryOut(
  store: OpenStore,
  engine: Engine,
  erasure: PendingErasure,
  call: Call,
): Promise<ErasureReceipt> {
  for (;;) {
    const { receipt, isBlocked } = await engine.eraseStep(erasure, store.clock());
    if (receipt !== undefined) {
      store.tails.look();
      return receipt;
    }
    checkInterrupted(call, "unknown");
    if (store.isClosing) throw interrupted();
    if (isBlocked === true) await pause(pauseMs);
  }
}

/** Before the erasure begins: one that is interrupted goes on by itself, and does not know any more whom it is about. */
async function revokeTokens(
  store: OpenStore,
  engine: Engine,
  { kind, tenantId, subjectId }: Erased,
  call: Call,
): Promise<void> {
  if (kind === "thread") return;
  // What would be refused must not revoke anything: asking for this is refused to the same.
  if (kind === "tenant") await engine.sweptUntil();
  // To erase is UNSUPPORTED there.
  if (store.isJoined) return;
  await revokeTokensOf(store, kind === "user" ? { tenantId, userId: subjectId } : { tenantId }, call);
}

function checkReason(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "" || Buffer.byteLength(value) > longestReason) {
    throw invalid(path, `must be a text of 1 to ${longestReason} bytes.`, { limit: longestReason });
  }
  if (value.includes("\0") || !value.isWellFormed()) throw invalid(path, "must be well-formed Unicode without NUL.");
  return value;
}

function interrupted(): HoldfastError {
  return new HoldfastError(
    "CLOSED",
    "The store was closed while something was being erased. It goes on when the store is opened again.",
    { outcome: "unknown" },
  );
}
