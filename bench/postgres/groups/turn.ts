import { rateOfCallers } from "../../measure.js";
import type { RawTurn } from "../../raw-store.js";
import { createTurnThreads, turnThreads, writeTurn } from "../../turns.js";
import type { PostgresBench } from "../bench.js";

/** One turn: 2 messages, 4 events, a state and a kv entry, in one commit, by one caller. */
export async function measureTurn(bench: PostgresBench): Promise<void> {
  await using db = await bench.openHoldfast("turn");
  const acme = db.tenant("acme");
  await createTurnThreads(acme);
  const raw = await bench.openRaw("turn");
  await raw.copyFrom(bench.schemaOf("turn"));
  await measureIn(bench, "of one conversation", (index) => turnOf(bench, index, 0));
  await measureIn(bench, "each of another conversation", (index) => turnOf(bench, index, (index * 7919) % turnThreads));
  await raw.close();

  async function measureIn(bench: PostgresBench, which: string, turn: (index: number) => RawTurn): Promise<void> {
    const rateOf = (work: (index: number) => Promise<unknown>): Promise<number> =>
      rateOfCallers(1, work, bench.roundMs);
    const rates = await bench.interleave({
      statement: () => rateOf((index) => raw.writeTurn("acme", turn(index))),
      statements: () => rateOf((index) => raw.writeTurnByStatements("acme", turn(index))),
      holdfast: () => rateOf((index) => writeTurn(acme, turn(index))),
    });
    bench.reportRatio(`turns, ${which}, against BEGIN … COMMIT`, rates.statements, rates.holdfast, 0.5);
    bench.reportRatio(`turns, ${which}, against one statement`, rates.statement, rates.holdfast, 0.5);
  }
}

function turnOf(bench: PostgresBench, index: number, thread: number): RawTurn {
  const payload = (position: number): object => bench.payload(index + position);
  return {
    threadId: `thread-${thread}`,
    userId: `user-${thread}`,
    messages: [payload(0), payload(1)],
    events: [payload(2), payload(3), payload(4), payload(5)],
    state: payload(6),
    entry: payload(7),
  };
}
