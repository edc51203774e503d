import type { Tenant } from "holdfast";
import type { RawTurn } from "./raw-store.js";
import type { Rounds } from "./rounds.js";

/** Conversations that turns are about. */
export const turnThreads = 1000;

/** A turn of one of the conversations, with other payloads for every index. */
export function turnOf(rounds: Rounds, index: number): RawTurn {
  const payload = (position: number): object => rounds.payload(index + position);
  const thread = (index * 7919) % turnThreads;
  return {
    threadId: `thread-${thread}`,
    userId: `user-${thread}`,
    messages: [payload(0), payload(1)],
    events: [payload(2), payload(3), payload(4), payload(5)],
    state: payload(6),
    entry: payload(7),
  };
}

export async function createTurnThreads(acme: Tenant): Promise<void> {
  await acme.write((w) => {
    for (let index = 0; index < turnThreads; index++) {
      w.messages.createThread({ id: `thread-${index}`, userId: `user-${index}` });
    }
  });
}

/** Writes a turn in one commit: 2 messages, 4 events, a state and a kv entry. */
export function writeTurn(
  acme: Tenant,
  { threadId, userId, messages, events, state, entry }: RawTurn,
): Promise<unknown> {
  return acme.write((w) => {
    for (const content of messages) w.messages.createMessage({ threadId, role: "assistant", content });
    w.log.append(threadId, events as []);
    w.state.upsertLatest({ userId, source: "inferred", confidence: 0.7, data: state });
    w.kv.put(["prefs", userId], "tone", entry);
  });
}
