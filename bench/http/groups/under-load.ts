import type { Tenant } from "holdfast";
import { createTurnThreads, turnOf, writeTurn } from "../../turns.js";
import { openServed } from "../bench.js";
import type { HttpBench } from "../bench.js";

const writers = 32;

/** The slowest hundredth of reads while nothing else goes on, and while 32 callers write turns, all by one client. */
export async function measureUnderLoad(bench: HttpBench): Promise<void> {
  await using served = await bench.serve("under-load");
  await using remote = await openServed(served);
  const acme = remote.tenant("acme");
  await createTurnThreads(acme);
  const { id } = await acme.messages.createMessage({
    threadId: "thread-0",
    role: "user",
    content: bench.payload(0),
  });
  const ms = bench.size(2000, 300);
  const values = await bench.interleave({
    idle: () => slowestHundredth(acme, id, ms),
    loaded: async (round) => {
      const load = writing(bench, acme, round * 100_000);
      const p99 = await slowestHundredth(acme, id, ms);
      await load.stop();
      return p99;
    },
  });
  bench.report({ what: "p99 of getMessage, idle", value: values.idle, unit: "ms" });
  bench.report({ what: `p99 of getMessage, ${writers} callers writing turns`, value: values.loaded, unit: "ms" });
  const value = values.loaded / values.idle;
  bench.report({ what: "p99 of getMessage, from idle to loaded", value, unit: "x", bound: { atMost: 5 } });
}

async function slowestHundredth(acme: Tenant, messageId: string, ms: number): Promise<number> {
  const times: number[] = [];
  const end = performance.now() + ms;
  for (let start = performance.now(); start < end; start = performance.now()) {
    await acme.messages.getMessage(messageId);
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
}

function writing(bench: HttpBench, acme: Tenant, first: number): { stop(): Promise<void> } {
  const stopped = new AbortController();
  let index = first;
  const callers = Array.from({ length: writers }, async () => {
    while (!stopped.signal.aborted) await writeTurn(acme, turnOf(bench, index++));
  });
  return {
    async stop() {
      stopped.abort();
      await Promise.all(callers);
    },
  };
}
