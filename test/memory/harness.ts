import { createMemoryBackend } from "../../dist/backends/memory/index.js";
import type { Engine, Commit, CommitOutcome, NewErasure, Scope } from "../../dist/core/backend.js";
import type { Operation, OperationResult } from "../../dist/core/operations.js";
import type { Answer, GetLogHead, GetThread, LoadEntries, Query } from "../../dist/core/queries.js";
import type { Settings } from "../../dist/core/settings.js";

export const now = 1_700_000_000_000;

export const acme: Scope = { tenantId: "acme" };
export const ann: Scope = { tenantId: "acme", userId: "ann" };
export const bob: Scope = { tenantId: "acme", userId: "bob" };

export function backendWith(settings: Settings = {}): Engine {
  return createMemoryBackend({ settings, now });
}

/** What makes a commit in a test, besides its operations. */
export type Around = Partial<Omit<Commit, "operations">>;

export async function outcomeOf(
  backend: Engine,
  of: Scope,
  operations: readonly Operation[],
  around: Around = {},
): Promise<CommitOutcome> {
  const [outcome] = await backend.commit([{ ...of, now, operations, ...around }]);
  if (outcome === undefined) throw new Error("There is no outcome.");
  return outcome;
}

/** The results of a commit; throws where it was refused. */
export async function write(
  backend: Engine,
  of: Scope,
  operations: readonly Operation[],
  around: Around = {},
): Promise<readonly OperationResult[]> {
  const outcome = await outcomeOf(backend, of, operations, around);
  if (!outcome.ok) throw new Error(`${outcome.error.code}: ${outcome.error.message}`);
  return outcome.results;
}

/** The code that a commit of one operation is refused with, or `"OK"`. */
export async function codeOf(backend: Engine, of: Scope, operation: Operation, around: Around = {}): Promise<string> {
  const outcome = await outcomeOf(backend, of, [operation], around);
  return outcome.ok ? "OK" : outcome.error.code;
}

export async function ask<const Q extends Query>(
  backend: Engine,
  of: Scope,
  query: Q,
  at: number = now,
): Promise<Answer<Q>> {
  const [answer] = await backend.read(of, [query], { now: at });
  return answer;
}

/** Begins an erasure and carries it out: its steps, of which the last has the receipt. */
export async function erase(
  backend: Engine,
  what: Pick<NewErasure, "kind" | "subjectId"> & Partial<NewErasure>,
): Promise<Awaited<ReturnType<Engine["eraseStep"]>>[]> {
  const pending = await backend.beginErasure({ id: "erasure-1", tenantId: "acme", now, ...what });
  const steps = [];
  for (;;) {
    const step = await backend.eraseStep(pending, now + 1);
    steps.push(step);
    if (step.receipt !== undefined) return steps;
  }
}

export const thread = (id: string, userId: string): Operation => ({ kind: "messages.createThread", id, userId });

export const message = (id: string, threadId: string): Operation => ({
  kind: "messages.createMessage",
  id,
  threadId,
  role: "user",
  content: json("hello"),
  ifExists: "fail",
});

export const snapshot = (userId: string): Operation => ({
  kind: "state.upsertLatest",
  userId,
  source: "inferred",
  confidence: 1,
  ifNewer: false,
});

export const entry = (key: string, more: { userId?: string; ttlMs?: number } = {}): Operation => ({
  kind: "kv.put",
  namespace: ["n"],
  key,
  value: json(key),
  ...more,
});

export const append = (threadId: string, count: number, more: { userId?: string } = {}): Operation => ({
  kind: "log.append",
  threadId,
  events: Array.from({ length: count }, (_, index) => `{"kind":"own","index":${index}}`),
  ...more,
});

export const fork = (threadId: string, at: number, newThreadId: string): Operation => ({
  kind: "log.fork",
  threadId,
  at,
  newThreadId,
  event: `{"kind":"branch_created"}`,
});

export const times = (count: number, make: (index: number) => Operation): readonly Operation[] =>
  Array.from({ length: count }, (_, index) => make(index));

export const getThread = (id: string): GetThread => ({ kind: "messages.getThread", id, includeDeleted: true });

export const head = (threadId: string): GetLogHead => ({ kind: "log.head", threadId });

export const load = (threadId: string): LoadEntries => ({ kind: "log.loadSince", threadId, cursor: 0, limit: 1000 });

function json(value: unknown): { readonly codec: number; readonly data: string } {
  return { codec: 1, data: JSON.stringify(value) };
}
