import type { Bench } from "../bench.js";
import { rateOf, rateOfCallers } from "../measure.js";
import type { RawStore, RawTurn } from "../raw-store.js";
import { atLeast } from "../row.js";
import { createTurnThreads, turnOf, turnThreads, writeTurn } from "../turns.js";

const callers = 64;

/** One turn: 2 messages, 4 events, a state and a kv entry, in one commit. */
export async function measureTurn(bench: Bench): Promise<void> {
  const raw = bench.openRaw("turn");
  await using db = await bench.openHoldfast("turn");
  const acme = db.tenant("acme");
  addRawThreads(raw);
  await createTurnThreads(acme);
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

function addRawThreads(raw: RawStore): void {
  raw.transact(() => {
    for (let index = 0; index < turnThreads; index++) raw.addThread(`thread-${index}`, `user-${index}`);
  });
}
