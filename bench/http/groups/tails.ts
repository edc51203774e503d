import type { Holdfast } from "holdfast";
import { openServed } from "../bench.js";
import type { HttpBench } from "../bench.js";

const logs = 100;
const tailsPerLog = 10;

/** A thousand tails of a hundred logs on one server, while events are appended to all of them. */
export async function measureTails(bench: HttpBench): Promise<void> {
  await using served = await bench.serve("tails");
  await using remote = await openServed(served);
  await using writer = await openServed(served);
  const { log } = writer.tenant("acme");
  const each = bench.size(50, 10);
  for (let thread = 0; thread < logs; thread++) await log.append(threadOf(thread), [bench.payload(thread)]);
  const tails = Array.from({ length: logs * tailsPerLog }, (_, index) => new Tail(remote, index % logs, each + 1));
  await Promise.all(tails.map((tail) => tail.begun));
  const start = performance.now();
  for (let event = 0; event < each; event++) {
    await Promise.all(
      Array.from({ length: logs }, (_, thread) => log.append(threadOf(thread), [{ kind: "x", event }])),
    );
  }
  const wrong = (await Promise.all(tails.map((tail) => tail.ended))).reduce((sum, count) => sum + count, 0);
  const perSecond = (each * tails.length * 1000) / (performance.now() - start);
  bench.report({
    what: `events lost, doubled or out of order, in ${tails.length} tails`,
    holdfast: perSecond,
    value: wrong,
    unit: "events",
    bound: { atMost: 0 },
  });
}

/** Follows a log until an ordinal, and counts what comes in another place than its own. */
class Tail {
  /** Resolves with the first event. */
  readonly begun: Promise<void>;
  readonly ended: Promise<number>;

  constructor(db: Holdfast, thread: number, last: number) {
    let begin: () => void;
    this.begun = new Promise((resolve) => (begin = resolve));
    this.ended = follow(db, thread, last, () => begin());
  }
}

async function follow(db: Holdfast, thread: number, last: number, began: () => void): Promise<number> {
  let wrong = 0;
  let expected = 1;
  for await (const { ordinal, event } of db.tenant("acme").log.tail(threadOf(thread), { after: 0 })) {
    const number = (event as { readonly event?: number }).event;
    if (ordinal !== expected || (ordinal > 1 && number !== ordinal - 2)) wrong++;
    expected = ordinal + 1;
    began();
    if (ordinal >= last) break;
  }
  return wrong + Math.abs(last + 1 - expected);
}

function threadOf(thread: number): string {
  return `thread-${thread}`;
}
