import { seededRandom } from "../support/seeded-random.js";
import type { Command } from "./run-client.mjs";

export interface Contention {
  readonly seed: number;
  readonly clients: number;
  /** Of each client. */
  readonly operations: number;
}

type Action = Pick<Command, "do" | "expects"> & Readonly<Record<string, unknown>>;

/** How many steps of the clients go by before they turn to other objects, so that no history of one grows too long. */
const stepsPerRound = 48;

/** What each of the clients does: all of them on the same few objects, so that they meet. */
export function programs({ seed, clients, operations }: Contention): readonly (readonly Command[])[] {
  const random = seededRandom(seed);
  return Array.from({ length: clients }, (_, client) =>
    Array.from({ length: operations }, (_, step) => command(random, client, step)),
  );
}

/** Some steps are the same for all clients, so that they do one thing at once; the others are random. */
function command(random: () => number, client: number, step: number): Command {
  const round = Math.floor(step / stepsPerRound);
  const below = (limit: number): number => Math.floor(random() * limit);
  if (step % 6 === 2) {
    return { object: `turns/${round}`, do: "write", note: `turn ${step}`, operationId: `turn ${step}` };
  }
  if (step % 6 === 5) return { object: `user/${step}`, do: "getOrCreateThread" };
  if (step % 12 === 7) return { object: `entry/${round}.0`, do: "put", value: step, operationId: `put ${step}` };
  const kind = random();
  const name = `${client}.${step}`;
  if (kind < 0.5) return { object: `entry/${round}.${below(3)}`, ...onEntry(random, below) };
  if (kind < 0.7) return { object: `log/${round}.${below(2)}`, ...onLog(below, name) };
  if (kind < 0.88) return { object: `lease/${round}.${client % 6}`, ...onLease(below) };
  return { object: `turns/${round}`, ...(below(2) === 0 ? { do: "read" } : { do: "write", note: name }) };
}

function onEntry(random: () => number, below: (limit: number) => number): Action {
  const value = below(1_000_000);
  const kind = random();
  if (kind < 0.15) return { do: "get" };
  if (kind < 0.35) return { do: "getEntry" };
  if (kind < 0.45) return { do: "put", value };
  if (kind < 0.7) return { do: "put", value, expects: "revision" };
  if (kind < 0.75) return { do: "delete" };
  if (kind < 0.8) return { do: "delete", expects: "revision" };
  return { do: "update", add: value };
}

/** Few share a lease, so that each of them had it once, and uses its token long after. */
function onLease(below: (limit: number) => number): Action {
  const kind = below(8);
  if (kind === 0) return { do: "acquire" };
  if (kind < 4) return { do: "write", expects: "token" };
  return { do: kind < 7 ? "release" : "renew", expects: "token" };
}

function onLog(below: (limit: number) => number, name: string): Action {
  const notes = Array.from({ length: 1 + below(3) }, (_, index) => `${name}.${index}`);
  const kind = below(4);
  if (kind === 0) return { do: "append", notes };
  if (kind === 1) return { do: "append", notes, expects: "head" };
  return { do: "loadSince", cursor: below(10) };
}
