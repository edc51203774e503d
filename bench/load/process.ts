// One of the processes that make calls. `main.ts` starts it with its setting, and tells it when to begin and to read back.
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { open } from "holdfast";
import { Findings } from "./findings.js";
import { Follower } from "./follower.js";
import { kindOf } from "./kinds.js";
import type { Kind } from "./kinds.js";
import { Latencies } from "./latencies.js";
import { failureName } from "./messages.js";
import type { Command, ProcessSetting, Report } from "./messages.js";
import { nowMs, openLoop } from "./open-loop.js";
import { People } from "./people.js";
import { owed, readBack } from "./read-back.js";
import { seededRandom } from "../seeded-random.js";
import { isPassing } from "./settled-write.js";
import { makeCall } from "./traffic.js";
import type { World } from "./world.js";

const mostAtOnce = 1000;
const arrivalMs = 60_000;

/** Tails that are open all the time, of users and of shared logs each. */
const followed = 5;

const setting = JSON.parse(process.argv[2]!) as ProcessSetting;
const findings = new Findings();
const latencies = new Latencies();
const failures = new Map<string, number>();
const random = seededRandom(setting.seed);
const people = new People(setting.writer, setting.tenants, random);

// Whoever started it has died.
process.once("disconnect", () => process.exit(1));
await makeCalls();
await compare();
process.removeAllListeners("disconnect");
process.disconnect();

async function makeCalls(): Promise<void> {
  await using db = await open(setting.url, { sweep: false });
  const world: World = { db, people, findings, arrivalMs };
  report({ type: "ready" });
  const { startAt } = await command("start");
  const followers = [...people.persons.slice(0, followed), ...people.sharedLogs.slice(0, followed)].map(
    (who) => new Follower(world, who, (ms) => latencies.record("delivery", ms)),
  );
  await pause(Math.max(0, startAt - nowMs()));
  const measuring = setInterval(() => measured(startAt), setting.intervalMs);
  const endAt = startAt + setting.minutes * 60_000;
  const call = (dueAt: number): Promise<void> => measuredCall(world, kindOf(random()), dueAt);
  const { due, left } = await openLoop({ startAt, endAt, perSecond: setting.perSecond, mostAtOnce, random, call });
  report({ type: "ended", due, left });
  await command("readBack");
  await Promise.all(followers.map((follower) => follower.finish()));
  clearInterval(measuring);
  measured(startAt);
}

async function measuredCall(world: World, kind: Kind, dueAt: number): Promise<void> {
  try {
    const made = await makeCall(world, kind);
    latencies.record(made, nowMs() - dueAt);
  } catch (error) {
    if (!isPassing(error)) {
      findings.add("refused", `${kind}: ${String(error)}`);
      return;
    }
    const name = failureName(kind, error.code);
    failures.set(name, (failures.get(name) ?? 0) + 1);
  }
}

/** Sends what was measured since the last time. */
function measured(startAt: number): void {
  const interval = Math.max(0, Math.round((nowMs() - startAt) / setting.intervalMs) - 1);
  report({ type: "measured", interval, latencies: latencies.take(), failures: Object.fromEntries(failures) });
  failures.clear();
}

/** Reads back through a store that was opened anew, and knows nothing of what was written. */
async function compare(): Promise<void> {
  await using db = await open(setting.url, { sweep: false });
  const world: World = { db, people, findings, arrivalMs };
  await readBack(world);
  const erased = people.persons.reduce((total, { generation }) => total + generation - 1, 0);
  report({ type: "readBack", owed: owed(world), erased, findings: findings.first, counts: findings.counts });
}

async function command<T extends Command["type"]>(type: T): Promise<Extract<Command, { type: T }>> {
  const [message] = (await once(process, "message")) as [Command];
  if (message.type !== type) throw new Error(`${type} was to come, and ${message.type} came.`);
  return message as Extract<Command, { type: T }>;
}

function report(message: Report): void {
  process.send?.(message);
}
