import type { Holdfast } from "holdfast";
import { Findings } from "../../bench/load/findings.js";
import { Follower } from "../../bench/load/follower.js";
import { kindOf } from "../../bench/load/kinds.js";
import { People } from "../../bench/load/people.js";
import { readBack } from "../../bench/load/read-back.js";
import { isPassing } from "../../bench/load/settled-write.js";
import { makeCall } from "../../bench/load/traffic.js";
import type { World } from "../../bench/load/world.js";
import { seededRandom } from "../../bench/seeded-random.js";

const tenants: readonly string[] = ["tenant 1", "tenant 2", "tenant 3"];

/** Makes calls as two processes would, a few at once, reads back what they wrote, and gives what was found to be wrong. */
export async function findingsOf(
  db: Holdfast,
  { calls = 400, seed = 1, arrivalMs = 60_000 }: Partial<Record<"calls" | "seed" | "arrivalMs", number>> = {},
): Promise<Findings> {
  const findings = new Findings();
  const random = seededRandom(seed);
  const worlds = ["process 1", "process 2"].map((writer): World => {
    return { db, findings, arrivalMs, people: new People(writer, tenants, random) };
  });
  const followers = worlds.flatMap((world) => {
    const { persons, sharedLogs } = world.people;
    return [persons[0]!, sharedLogs[0]!].map((who) => new Follower(world, who, () => {}));
  });
  for (let made = 0; made < calls; made += 8) {
    await Promise.all(Array.from({ length: 8 }, (_, index) => call(worlds[index % 2]!, random())));
  }
  await Promise.all(followers.map((follower) => follower.finish()));
  for (const world of worlds) await readBack(world);
  return findings;
}

async function call(world: World, random: number): Promise<void> {
  try {
    await makeCall(world, kindOf(random));
  } catch (error) {
    if (!isPassing(error)) world.findings.add("refused", String(error));
  }
}
