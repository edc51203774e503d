import type { Holdfast, Tenant } from "holdfast";
import { pick } from "../../groups/growth.js";
import { rateOfCallers } from "../../measure.js";
import { fillMessages, keyOf, messageId, namespaceOf, Population, threadId, userId } from "../../messages-store.js";
import { openServed } from "../bench.js";
import type { HttpBench } from "../bench.js";
import { call } from "../raw-call.js";

/** Reads by 1 and by 16 callers, of rows picked at random. */
export async function measureRead(bench: HttpBench): Promise<void> {
  const population = new Population(bench.size(100_000, 10_000));
  await using local = await bench.openLocal("read");
  await using served = await bench.serve("read");
  await using remote = await openServed(served);
  for (const db of [local, remote]) await fillMessages(bench, db.tenant("acme"), population);
  const { messages, threads } = population;
  const reads: Readonly<Record<string, (acme: Tenant, index: number) => Promise<unknown>>> = {
    getMessage: (acme, index) => acme.messages.getMessage(messageId(pick(index, messages))),
    "last 50 messages": (acme, index) =>
      acme.messages.listMessages(threadId(pick(index, threads)), { order: "desc", limit: 50 }),
    context: (acme, index) => readContext(acme, population, index),
  };
  for (const [what, read] of Object.entries(reads)) {
    for (const callers of [1, 16]) {
      const rateOf = (db: Holdfast) => (round: number) =>
        rateOfCallers(callers, (index) => read(db.tenant("acme"), index), bench.roundMs, round * 100_000);
      const rates = await bench.interleave({ local: rateOf(local), remote: rateOf(remote) });
      bench.reportRatio(`${what} by ${callers}`, rates.local, rates.remote);
    }
  }
  const raw = await bench.interleave({
    local: () => rateOfCallers(16, (index) => reads["getMessage"]!(local.tenant("acme"), index), bench.roundMs),
    remote: () =>
      rateOfCallers(
        16,
        (index) => call(served, "messages/getMessage", { messageId: messageId(pick(index, messages)) }),
        bench.roundMs,
      ),
  });
  bench.reportRatio("getMessage by 16, by fetch alone", raw.local, raw.remote);
}

/** What an agent needs for its next turn: the last 20 messages, the state, 10 entries and where the log stands. */
function readContext(acme: Tenant, { threads, users, entries }: Population, index: number): Promise<unknown> {
  const thread = threadId(pick(index, threads));
  const entry = pick(index, entries);
  const keys = Array.from({ length: 10 }, (_, key) => keyOf(entry + key));
  return acme.read((r) => ({
    messages: r.messages.listMessages(thread, { order: "desc", limit: 20 }),
    state: r.state.getLatest(userId(pick(index, users))),
    entries: r.kv.getMany(["memories", namespaceOf(entry)], keys),
    head: r.log.head(thread),
  }));
}
