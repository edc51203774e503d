import type { Bench } from "../bench.js";
import { rateOf, rateOfCallers } from "../measure.js";
import {
  Population,
  keyOf,
  messageId,
  namespaceOf,
  openMessages,
  openRawMessages,
  threadId,
} from "../messages-store.js";
import { atLeast } from "../row.js";
import { firstOf, messagesIn, pick } from "./growth.js";

/** Reads by one caller, of rows picked at random. */
export async function measureRead(bench: Bench): Promise<void> {
  const { messages, threads, entries } = new Population(messagesIn(bench));
  const raw = await openRawMessages(bench, messages);
  await using db = await openMessages(bench, messages);
  const acme = db.tenant("acme");
  const read =
    (work: (index: number) => Promise<unknown>) =>
    (round: number): Promise<number> =>
      rateOfCallers(1, work, bench.roundMs, firstOf(round));
  const readRaw =
    (work: (index: number) => void) =>
    (round: number): number =>
      rateOf(work, bench.roundMs, firstOf(round));

  const rates = await bench.interleave({
    rawEntry: readRaw((index) => {
      const entry = pick(index, entries);
      raw.getEntry(`memories/${namespaceOf(entry)}`, keyOf(entry));
    }),
    entry: read((index) => {
      const entry = pick(index, entries);
      return acme.kv.get(["memories", namespaceOf(entry)], keyOf(entry));
    }),
    rawMessage: readRaw((index) => raw.getMessage(messageId(pick(index, messages)))),
    message: read((index) => acme.messages.getMessage(messageId(pick(index, messages)))),
    rawLast: readRaw((index) => raw.lastMessages(threadId(pick(index, threads)), 50)),
    last: read((index) => acme.messages.listMessages(threadId(pick(index, threads)), { order: "desc", limit: 50 })),
  });
  raw.close();
  const row = (what: string, base: number, holdfast: number, bound: number): void =>
    bench.report({
      what,
      base,
      holdfast,
      value: holdfast / base,
      unit: "x",
      bound: atLeast(bench.setting.driver, bound),
    });
  row(`kv.get, among ${entries} entries`, rates.rawEntry, rates.entry, 0.6);
  row(`getMessage, among ${messages} messages`, rates.rawMessage, rates.message, 0.6);
  row(`last 50 messages of 1000, among ${messages}`, rates.rawLast, rates.last, 0.7);
}
