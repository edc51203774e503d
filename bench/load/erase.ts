import { setTimeout as pause } from "node:timers/promises";
import { HoldfastError } from "holdfast";
import type { ErasureReceipt } from "holdfast";
import type { Person } from "./people.js";
import { isPassing } from "./settled-write.js";
import type { World } from "./world.js";

const mostAttempts = 5;

/** Erases the user, sees that they are gone, and puts another one in their place. Without anything of theirs, does nothing. */
export function erasePerson(world: World, person: Person): Promise<boolean> {
  return person.turnstile.pass(async () => {
    if (person.ledger.begun === 0) return false;
    person.leaving.abort();
    await finishErasure(world, person);
    return true;
  });
}

/** Goes on with an erasure, at the first attempt or after it failed. The user is another one then. */
export async function finishErasure(world: World, person: Person): Promise<void> {
  const { tenant, user, thread, ledger } = person;
  const { receipt, attempts } = await erased(world, tenant, user);
  // What an attempt removed that failed is not in the receipt of the next.
  if (attempts === 1) compareReceipt(world, person, receipt);
  await checkGone(world, person, person.generation);
  if (ledger.acknowledged > 0) await checkClosed(world, tenant, thread);
  person.replace();
}

async function erased(
  { db }: World,
  tenant: string,
  user: string,
): Promise<{ receipt: ErasureReceipt; attempts: number }> {
  for (let attempts = 1; ; attempts++) {
    try {
      return { receipt: await db.tenant(tenant).eraseUser(user, { reason: "load" }), attempts };
    } catch (error) {
      if (!isPassing(error) || attempts === mostAttempts) throw error;
      await pause(100 * attempts);
    }
  }
}

/** What the receipt counts must be what was acknowledged, give or take what may have been stored. */
function compareReceipt({ findings }: World, { tenant, user, ledger }: Person, { removed }: ErasureReceipt): void {
  const mayBe = ledger.unsettled.size;
  const counts = {
    messages: [removed.messages, ledger.messages.count, 2 * mayBe],
    events: [removed.logEntries, ledger.events.count, 3 * mayBe],
  } as const;
  for (const [what, [count, expected, more]] of Object.entries(counts)) {
    if (count >= expected && count <= expected + more) continue;
    const wrong = count < expected ? "lost" : "doubled";
    findings.add(wrong, `${tenant}, ${user}: ${count} ${what} were erased where there were ${expected}`);
  }
}

/** An erased user has nothing left. */
export async function checkGone({ db, findings }: World, person: Person, generation: number): Promise<void> {
  const { tenant } = person;
  const user = person.userOf(generation);
  const thread = person.threadOf(generation);
  const left = await db.tenant(tenant).read((r) => ({
    threads: r.messages.listThreads(user, { includeDeleted: true, limit: 1 }),
    messages: r.messages.listMessages(thread, { includeDeleted: true, limit: 1 }),
    history: r.state.getHistory(user, { limit: 1 }),
    facts: r.kv.entries(["facts", user], { limit: 1 }),
    passing: r.kv.entries(["passing", user], { limit: 1 }),
    hot: r.log.loadSince(thread, 0, { limit: 1 }),
    archived: r.log.loadArchived(thread, { limit: 1 }),
  }));
  for (const [what, { items }] of Object.entries(left)) {
    if (items.length > 0) findings.add("erasure", `${tenant}, ${user}: ${what} are left`);
  }
}

/** What was erased stays erased: a late write is refused. */
async function checkClosed({ db, findings }: World, tenant: string, thread: string): Promise<void> {
  try {
    await db.tenant(tenant).log.append(thread, [{ kind: "late" }]);
    findings.add("erasure", `${tenant}, ${thread}: a late write was stored`);
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === "NOT_FOUND") && !isPassing(error)) throw error;
  }
}
