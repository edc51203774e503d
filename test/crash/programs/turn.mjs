export const eventsPerTurn = 3;

/** The log of a tenant in which every turn of every session leaves an event, whichever process writes it. */
export const journal = "journal";

/** What turn `number` of a session stores. Long answers come between short ones, so that commits differ in size. */
export function contentOf({ threadId, bulk = 1 }, number) {
  const question = `${threadId} asks ${number}`;
  const answer = `${threadId} is told ${number}. ${"And so on. ".repeat(((number * 37) % 400) * bulk)}`;
  return {
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ],
    events: [
      { kind: "user_message", content: question },
      { kind: "tool_call", id: "call", name: "look_up", input: { number } },
      { kind: "assistant_message", content: answer },
    ],
    data: { turn: number },
  };
}

export function operationIdOf({ threadId }, number) {
  return `${threadId}/turn-${number}`;
}

/** Writes turn `number` of a session, in all four stores, as one commit. Turn 1 begins the thread. */
export function writeTurn(tenant, session, number) {
  const { threadId, userId } = session;
  const { messages, events, data } = contentOf(session, number);
  return tenant.write(
    (w) => {
      if (number === 1) w.messages.createThread({ id: threadId, userId });
      return [
        ...messages.map((message) => w.messages.createMessage({ threadId, ...message })),
        w.log.append(threadId, events, { expectedHead: (number - 1) * eventsPerTurn }),
        w.state.upsertLatest({ userId, source: "inferred", data }),
        w.kv.put(["turns", threadId], `turn-${number}`, data),
        w.log.append(journal, [{ kind: "turn", threadId, number }]),
      ];
    },
    { operationId: operationIdOf(session, number) },
  );
}
