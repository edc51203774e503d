import { rateOfCallers } from "../../measure.js";
import { createTurnThreads, turnOf, writeTurn } from "../../turns.js";
import { openServed } from "../bench.js";
import type { HttpBench } from "../bench.js";

const many = 64;

/** One turn: 2 messages, 4 events, a state and a kv entry, in one commit. */
export async function measureTurn(bench: HttpBench): Promise<void> {
  await using local = await bench.openLocal("turn");
  await using served = await bench.serve("turn");
  await using remote = await openServed(served);
  for (const db of [local, remote]) await createTurnThreads(db.tenant("acme"));
  const turns =
    (db: typeof local, callers: number) =>
    (round: number): Promise<number> => {
      const first = round * 100_000;
      return rateOfCallers(
        callers,
        (index) => writeTurn(db.tenant("acme"), turnOf(bench, index)),
        bench.roundMs,
        first,
      );
    };
  const rates = await bench.interleave({
    localMany: turns(local, many),
    remoteMany: turns(remote, many),
    localOne: turns(local, 1),
    remoteOne: turns(remote, 1),
  });
  bench.reportRatio(`turn by ${many} callers`, rates.localMany, rates.remoteMany, { atLeast: 0.4 });
  bench.reportRatio("turn by 1 caller", rates.localOne, rates.remoteOne);
}
