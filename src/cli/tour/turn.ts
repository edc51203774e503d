import type { MessagePart, MessageRole, OpenEvent, Recorded, Recorder, Tenant } from "../../contract/index.js";

/** A session of the tour: one thread of one user of one tenant. */
export interface TourSession {
  readonly tenantId: string;
  readonly userId: string;
  readonly threadId: string;
}

/** One turn of an agent with a tool, the same for the same session and number. */
export interface TourTurn {
  readonly number: number;
  /** Makes a retry of the turn recognisable. */
  readonly operationId: string;
  readonly question: string;
  readonly tool: string;
  readonly input: object;
  readonly result: object;
  readonly answer: string;
}

export const eventsPerTurn = 4;

/** The turn with that number, counted from 1. */
export function turnOf(session: TourSession, number: number): TourTurn {
  const operationId = `${session.threadId}/turn-${number}`;
  return { number, operationId, ...(session.tenantId === "globex" ? flightTurn(number) : orderTurn(number)) };
}

/** Stores the whole turn in one commit: messages, log events, state and memory. */
export function writeTurn(tenant: Tenant, session: TourSession, turn: TourTurn): Promise<{ readonly head: number }> {
  return tenant.write((recorder) => recordTurn(recorder, session, turn), { operationId: turn.operationId });
}

export interface TourMessage {
  readonly role: MessageRole;
  readonly content: string;
  readonly parts: readonly MessagePart[];
}

export function messagesOf({ question, tool, input, result, answer, number }: TourTurn): readonly TourMessage[] {
  const toolCallId = `call_${number}`;
  return [
    { role: "user", content: question, parts: [] },
    { role: "assistant", content: "", parts: [{ type: "tool-call", toolCallId, toolName: tool, args: input }] },
    { role: "tool", content: "", parts: [{ type: "tool-result", toolCallId, toolName: tool, result }] },
    { role: "assistant", content: answer, parts: [] },
  ];
}

export function eventsOf({ question, tool, input, result, answer, number }: TourTurn): readonly OpenEvent[] {
  const id = `call_${number}`;
  return [
    { kind: "user_message", content: question },
    { kind: "tool_call", id, name: tool, input },
    { kind: "tool_result", tool_use_id: id, name: tool, content: result },
    { kind: "assistant_message", content: answer },
  ];
}

/** Where memory keeps how far a session is. */
export function memoryAddress(session: TourSession): readonly [namespace: readonly string[], key: string] {
  return [["sessions", session.userId], session.threadId];
}

function recordTurn(recorder: Recorder, session: TourSession, turn: TourTurn): Recorded<{ readonly head: number }> {
  const { threadId, userId } = session;
  if (turn.number === 1) recorder.messages.createThread({ id: threadId, userId, title: turn.question });
  for (const message of messagesOf(turn)) {
    recorder.messages.createMessage({
      threadId,
      ...message,
      executionId: turn.operationId,
      metadata: { turn: turn.number },
    });
  }
  recorder.state.upsertLatest({ userId, source: "inferred", confidence: 0.8, data: { threadId, turn: turn.number } });
  recorder.kv.put(...memoryAddress(session), { turn: turn.number, lastQuestion: turn.question }, { userId });
  const expectedHead = (turn.number - 1) * eventsPerTurn;
  return recorder.log.append(threadId, eventsOf(turn), { expectedHead });
}

type Script = Omit<TourTurn, "number" | "operationId">;

function orderTurn(number: number): Script {
  const order = 1000 + number;
  const day = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"][number % 5]!;
  return {
    question: `Where is my order ${order}?`,
    tool: "look_up_order",
    input: { order },
    result: { order, status: "sent", day },
    answer: `Order ${order} was sent on ${day}.`,
  };
}

function flightTurn(number: number): Script {
  const flight = `GX ${100 + number}`;
  const gate = `${"ABC"[number % 3]}${number}`;
  return {
    question: `Which gate does flight ${flight} leave from?`,
    tool: "find_flight",
    input: { flight },
    result: { flight, gate, on_time: true },
    answer: `Flight ${flight} leaves from gate ${gate}, on time.`,
  };
}
