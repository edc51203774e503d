import { isDeepStrictEqual } from "node:util";
import type { LogEntry, Message, Tenant } from "../../contract/index.js";
import { eventsOf, eventsPerTurn, memoryAddress, messagesOf, turnOf } from "./turn.js";
import type { TourSession } from "./turn.js";

/** All that the store has of a session. */
export interface StoredSession {
  readonly messages: readonly Message[];
  readonly entries: readonly LogEntry[];
  readonly head: number;
  /** The turn that the state snapshot and the memory name; `undefined` where they name none. */
  readonly stateTurn: unknown;
  readonly memoryTurn: unknown;
}

export async function readSession(tenant: Tenant, session: TourSession): Promise<StoredSession> {
  const messages: Message[] = [];
  for await (const message of tenant.messages.listMessages(session.threadId)) messages.push(message);
  const entries: LogEntry[] = [];
  for await (const entry of tenant.log.loadSince(session.threadId, 0)) entries.push(entry);
  const rest = await tenant.read((reader) => ({
    log: reader.log.head(session.threadId),
    state: reader.state.getLatest(session.userId),
    memory: reader.kv.get<{ turn: number }>(...memoryAddress(session)),
  }));
  const data = rest.state?.data as { readonly threadId: string; readonly turn: number } | undefined;
  const stateTurn = data?.threadId === session.threadId ? data.turn : undefined;
  return { messages, entries, head: rest.log.head, stateTurn, memoryTurn: rest.memory?.turn };
}

/** How many turns of the session are stored, or `undefined` where what is stored is not exactly its first so many turns. */
export function wholeTurns(session: TourSession, stored: StoredSession): number | undefined {
  const turns = Array.from({ length: Math.ceil(stored.entries.length / eventsPerTurn) }, (_turn, index) =>
    turnOf(session, index + 1),
  );
  const isWhole =
    isDeepStrictEqual(stored.messages.map(bodyOf), turns.flatMap(messagesOf)) &&
    isDeepStrictEqual(
      stored.entries.map(({ event }) => event),
      turns.flatMap(eventsOf),
    ) &&
    stored.stateTurn === turns.length &&
    stored.memoryTurn === turns.length;
  return isWhole ? turns.length : undefined;
}

/** Whether the log's ordinals are 1, 2, 3, … up to its head. */
export function isContiguous({ entries, head }: StoredSession): boolean {
  return entries.length === head && entries.every(({ ordinal }, index) => ordinal === index + 1);
}

function bodyOf({ role, content, parts }: Message): object {
  return { role, content, parts };
}
