import { HoldfastError } from "holdfast";
import { LogReading } from "./log-reading.js";
import { NumberedReading } from "./numbered-reading.js";
import type { Person, SharedLog } from "./people.js";
import { placeText, stampIn } from "./stamp.js";
import type { World } from "./world.js";

/**
 * Reads what a model call needs, from one snapshot: it must hold the last turn that was acknowledged before the read, and the
 * same last turn in every store.
 */
export async function readContext(world: World, person: Person): Promise<void> {
  const { tenant, thread, user, ledger, leaving } = person;
  const before = { tenant, thread };
  const from = ledger.acknowledged;
  const { last, state, facts } = await world.db.tenant(tenant).read((r) => ({
    last: r.messages.listMessages(thread, { order: "desc", limit: 20 }),
    state: r.state.getLatest(user),
    facts: r.kv.entries(["facts", user], { limit: 20 }),
  }));
  const reading = new NumberedReading(before, "message", {}, world.findings);
  const numbers = last.items.toReversed().map(({ content }) => reading.next(content)?.n ?? 0);
  // Of a user who is being erased there may be anything, or nothing.
  if (leaving.signal.aborted) return;
  const newest = [numbers.at(-1) ?? 0, stampIn(state?.data)?.n ?? 0, stampIn(facts.items[0]?.value)?.n ?? 0];
  const where = `${placeText(before)}: messages, state and entry are of the turns ${newest.join(", ")}`;
  for (const value of [state?.data, facts.items[0]?.value]) {
    if (value !== undefined && stampIn(value)?.tenant !== tenant) world.findings.add("crossed", where);
  }
  if (new Set(newest).size > 1) world.findings.add("altered", `${where} in one snapshot`);
  if (Math.min(...newest) < from) world.findings.add("lost", `${where} after ${from} was acknowledged`);
  if (Math.max(...newest) > ledger.begun)
    world.findings.add("altered", `${where} before ${ledger.begun + 1} was begun`);
}

/** Resumes a tail a little before what was the head, and leaves it there. */
export async function resumeTail(world: World, who: Person | SharedLog): Promise<void> {
  const { tenant, thread, ledger } = who;
  const target = ledger.head;
  const after = Math.max(0, target - 1 - Math.floor(world.people.random() * 10));
  const signal = "leaving" in who ? who.leaving.signal : undefined;
  const reading = new LogReading({ tenant, thread }, after, {}, world.findings);
  const tail = world.db.tenant(tenant).log.tail(thread, { after, signal, deadline: Date.now() + world.arrivalMs });
  try {
    for await (const entry of tail) {
      reading.next(entry);
      if (entry.ordinal >= target) return;
    }
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === "DEADLINE_EXCEEDED")) throw error;
    world.findings.add("lost", `${tenant}, ${thread}: a tail has come to ${reading.position} of ${target}`);
  }
}

/** Moves all but the last events of a log to the cold tier. */
export function archive(world: World, who: Person | SharedLog): Promise<void> {
  return who.turnstile.pass(async () => {
    const { tenant, thread, ledger } = who;
    const upTo = ledger.head - 5;
    if (upTo < 1 || ("leaving" in who && who.leaving.signal.aborted)) return;
    const { watermark } = await world.db.tenant(tenant).log.archiveBefore(thread, upTo);
    if (watermark < upTo) world.findings.add("refused", `${tenant}, ${thread}: archived to ${watermark}, not ${upTo}`);
  });
}
