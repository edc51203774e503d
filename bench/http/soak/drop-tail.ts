import { createParser } from "eventsource-parser";
import type { Tenant } from "holdfast";
import type { Served } from "../served.js";
import { check } from "./conversation.js";
import type { Conversation } from "./conversation.js";

/** How a tail is dropped: in the middle of what there is, while it waits for more, or with its connection. */
const ways = [leaveInTheMiddle, abortWhileWaiting, cutConnection] as const;

/** Opens a tail of a conversation a little before its end, follows it past that, and drops it. */
export function dropTail(acme: Tenant, served: Served, conversation: Conversation, which: number): Promise<void> {
  return ways[which % ways.length]!(acme, conversation, served);
}

async function leaveInTheMiddle(acme: Tenant, conversation: Conversation): Promise<void> {
  const after = Math.max(0, conversation.events - 4);
  let expected = after;
  for await (const { ordinal } of acme.log.tail(conversation.threadId, { after })) {
    check(ordinal === (expected += 1), `a tail gave ${ordinal} in the place of ${expected}`);
    if (ordinal >= conversation.events - 2) break;
  }
}

async function abortWhileWaiting(acme: Tenant, conversation: Conversation): Promise<void> {
  const after = Math.max(0, conversation.events - 2);
  const stopping = new AbortController();
  const tail = acme.log.tail(conversation.threadId, { after, signal: stopping.signal });
  const takeNext = async (expected: number): Promise<void> => {
    const { value } = await tail.next();
    check(value?.ordinal === expected, `a tail gave ${value?.ordinal} in the place of ${expected}`);
  };
  for (let expected = after + 1; expected <= conversation.events; expected++) await takeNext(expected);
  const live = takeNext(conversation.events + 1);
  await conversation.append();
  await live;
  const waiting = tail.next();
  stopping.abort();
  check((await waiting).done === true, "a tail gave what nobody has written");
}

async function cutConnection(_: Tenant, conversation: Conversation, { url, token }: Served): Promise<void> {
  const after = Math.max(0, conversation.events - 2);
  const cut = new AbortController();
  const query = new URLSearchParams({ threadId: conversation.threadId, after: String(after) });
  const response = await fetch(`${url}/v1/log/tail?${query.toString()}`, {
    headers: { authorization: `Bearer ${token}` },
    signal: cut.signal,
  });
  await conversation.appendByFetch();
  let expected = after;
  const parser = createParser({
    onEvent: ({ id }) => check(Number(id) === (expected += 1), `a stream gave ${id} in the place of ${expected}`),
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (expected === conversation.events) break;
  }
  cut.abort();
}
