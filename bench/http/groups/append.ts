import { rateOfCallers } from "../../measure.js";
import { openServed } from "../bench.js";
import type { HttpBench } from "../bench.js";
import { call } from "../raw-call.js";

const callers = 16;
const threads = 100;

/** One event, and one message, a call; the message by the public route, too, as a client in another language would. */
export async function measureAppend(bench: HttpBench): Promise<void> {
  await using local = await bench.openLocal("append");
  await using served = await bench.serve("append");
  await using remote = await openServed(served);
  for (const db of [local, remote]) {
    await db.tenant("acme").write((w) => {
      for (let index = 0; index < threads; index++) w.messages.createThread({ id: threadOf(index), userId: "user" });
    });
  }
  const rateOf = (work: (index: number) => Promise<unknown>) => (): Promise<number> =>
    rateOfCallers(callers, work, bench.roundMs);
  const append = (db: typeof local): (() => Promise<number>) =>
    rateOf((index) => db.tenant("acme").log.append(threadOf(index), [bench.payload(index)]));
  const create = (db: typeof local): (() => Promise<number>) =>
    rateOf((index) => db.tenant("acme").messages.createMessage(messageOf(index)));
  const rates = await bench.interleave({
    localAppend: append(local),
    remoteAppend: append(remote),
    localCreate: create(local),
    remoteCreate: create(remote),
    rawCreate: rateOf((index) => {
      const { content, ...message } = messageOf(index);
      return call(served, "messages/createMessage", { message: { ...message, content: { json: content } } });
    }),
  });
  bench.reportRatio(`append by ${callers} callers`, rates.localAppend, rates.remoteAppend);
  bench.reportRatio(`createMessage by ${callers} callers`, rates.localCreate, rates.remoteCreate);
  bench.reportRatio(`createMessage by ${callers} callers, by fetch alone`, rates.localCreate, rates.rawCreate);

  function messageOf(index: number): { threadId: string; role: "assistant"; content: unknown } {
    return { threadId: threadOf(index), role: "assistant", content: bench.payload(index) };
  }
}

function threadOf(index: number): string {
  return `thread-${(index * 7919) % threads}`;
}
