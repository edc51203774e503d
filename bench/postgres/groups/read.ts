import { rateOfCallers } from "../../measure.js";
import type { PostgresBench } from "../bench.js";
import { appendEvents, openTenants, placeOf } from "../tenants-store.js";
import { firstOf } from "../../groups/growth.js";

const events = 10_000;

/** Reads of rows picked at random, and of a whole log. */
export async function measureRead(bench: PostgresBench): Promise<void> {
  const messages = bench.setting.payloadBytes > 1000 ? bench.size(50_000, 10_000) : bench.size(200_000, 50_000);
  await using db = await openTenants(bench, "read", messages);
  await appendEvents(bench, db.tenant("acme"), "long", events);
  const raw = await bench.openRaw("read");
  await raw.copyFrom(bench.schemaOf("read"));

  const compare = async (what: string, callers: number, rawCall: Call, call: Call): Promise<void> => {
    const rateOf = (work: Call) => (round: number) => rateOfCallers(callers, work, bench.roundMs, firstOf(round));
    const rates = await bench.interleave({ raw: rateOf(rawCall), holdfast: rateOf(call) });
    bench.reportRatio(what, rates.raw, rates.holdfast, 0.6);
  };
  for (const callers of [1, 16]) {
    await compare(
      `getMessage by ${callersText(callers)}, among ${messages}`,
      callers,
      (index) => {
        const { tenant, messageId } = placeOf(index, messages);
        return raw.getMessage(tenant, messageId);
      },
      (index) => {
        const { tenant, messageId } = placeOf(index, messages);
        return db.tenant(tenant).messages.getMessage(messageId);
      },
    );
    await compare(
      `last 50 messages of 1000 by ${callersText(callers)}`,
      callers,
      (index) => {
        const { tenant, threadId } = placeOf(index, messages);
        return raw.lastMessages(tenant, threadId, 50);
      },
      (index) => {
        const { tenant, threadId } = placeOf(index, messages);
        return db.tenant(tenant).messages.listMessages(threadId, { order: "desc", limit: 50 });
      },
    );
  }
  const { log } = db.tenant("acme");
  await compare(
    `scan of ${events} events`,
    1,
    () => raw.loadEvents("acme", "long"),
    async () => {
      let count: number | undefined;
      for await (const { ordinal } of log.loadSince("long", 0)) count = ordinal;
      if (count !== events) throw new Error(`The scan gave ${count} events instead of ${events}.`);
    },
  );
  await raw.close();
}

type Call = (index: number) => Promise<unknown>;

function callersText(callers: number): string {
  return callers === 1 ? "1 caller" : `${callers} callers`;
}
