import { firstOf } from "../../groups/growth.js";
import { rateOfCallers } from "../../measure.js";
import { namespaceName } from "../../messages-store.js";
import type { PostgresBench } from "../bench.js";
import type { ContextQuery } from "../raw-postgres.js";
import { openTenants, placeOf } from "../tenants-store.js";

const messages = 50_000;
const keys = Array.from({ length: 10 }, (_, index) => `key-${index * 7}`);

/** What an agent needs for its next turn: the last 20 messages, the state, 10 entries and where the log stands. */
export async function measureContext(bench: PostgresBench): Promise<void> {
  await using db = await openTenants(bench, "context", messages);
  const raw = await bench.openRaw("context");
  await raw.copyFrom(bench.schemaOf("context"));
  const rateOf = (work: (query: ContextQuery) => Promise<unknown>) => (round: number) =>
    rateOfCallers(1, (index) => work(queryOf(index)), bench.roundMs, firstOf(round));
  const rates = await bench.interleave({
    snapshot: rateOf((query) => raw.readContext(query)),
    atOnce: rateOf((query) => raw.readContextAtOnce(query)),
    holdfast: rateOf(({ tenant, threadId, userId, namespace, keys }) =>
      db.tenant(tenant).read((r) => ({
        messages: r.messages.listMessages(threadId, { order: "desc", limit: 20 }),
        state: r.state.getLatest(userId),
        entries: r.kv.getMany(namespace, keys),
        head: r.log.head(threadId),
      })),
    ),
  });
  await raw.close();
  bench.reportRatio("context, against a snapshot by hand", rates.snapshot, rates.holdfast, 0.6);
  bench.reportRatio("context, against 4 connections at once", rates.atOnce, rates.holdfast, 0.6);
}

function queryOf(index: number): ContextQuery {
  const { tenant, threadId, userId, namespace } = placeOf(index, messages);
  return { tenant, threadId, userId, namespace: ["memories", namespaceName(namespace)], keys };
}
