import type { Tenant } from "holdfast";
import type { Bench } from "../bench.js";
import { rateOf, rateOfCallers } from "../measure.js";
import type { RawStore, RawTurn } from "../raw-store.js";
import { atLeast } from "../row.js";

const threads = 1000;
const callers = 64;

/** One turn: 2 messages, 4 events, a state and a kv entry, in one commit. */
export async function measureTurn(bench: Bench): Promise<void> {
  const raw = bench.openRaw("turn");
  await using db = await bench.openHoldfast("turn");
  const acme = db.tenant("acme");
  await createThreads(raw, acme);
  const turn = (index: number): RawTurn => turnOf(bench, index);
  const rates = await bench.interleave({
    raw: () => rateOf((index) => raw.transact(() => raw.writeTurn(turn(index))), bench.roundMs),
    one: () => rateOfCallers(1, (index) => writeTurn(acme, turn(index)), bench.roundMs),
    grouped: () =>
      callers *
      rateOf(
        (index) =>
          raw.transact(() => {
            for (let caller = 0; caller < callers; caller++) raw.writeTurn(turn(index * callers + caller));
          }),
        bench.roundMs,
      ),
    many: () => rateOfCallers(callers, (index) => writeTurn(acme, turn(index)), bench.roundMs),
  });
  raw.close();
  const row = (what: string, base: number, holdfast: number): void =>
    bench.report({
      what,
      base,
      holdfast,
      value: holdfast / base,
      unit: "x",
      bound: atLeast(bench.setting.driver, 0.5),
    });
  row("turn by 1 caller", rates.raw, rates.one);
  row(`turn by ${callers} callers, against groups by hand`, rates.grouped, rates.many);
}

async function createThreads(raw: RawStore, acme: Tenant): Promise<void> {
  raw.transact(() => {
    for (let index = 0; index < threads; index++) raw.addThread(`thread-${index}`, `user-${index}`);
  });
  await acme.write((w) => {
    for (let index = 0; index < threads; index++) {
      w.messages.createThread({ id: `thread-${index}`, userId: `user-${index}` });
    }
  });
}

function turnOf(bench: Bench, index: number): RawTurn {
  const payload = (position: number): object => bench.payload(index + position);
  const thread = (index * 7919) % threads;
  return {
    threadId: `thread-${thread}`,
    userId: `user-${thread}`,
    messages: [payload(0), payload(1)],
    events: [payload(2), payload(3), payload(4), payload(5)],
    state: payload(6),
    entry: payload(7),
  };
}

function writeTurn(acme: Tenant, { threadId, userId, messages, events, state, entry }: RawTurn): Promise<unknown> {
  return acme.write((w) => {
    for (const content of messages) w.messages.createMessage({ threadId, role: "assistant", content });
    w.log.append(threadId, events as []);
    w.state.upsertLatest({ userId, source: "inferred", confidence: 0.7, data: state });
    w.kv.put(["prefs", userId], "tone", entry);
  });
}
