// The second process of a soak: it works on the file until its parent lets go of it.
import { once } from "node:events";
import { open } from "holdfast";
import { activitiesOn } from "./activities.js";
import { Load } from "./load.js";
import { Population } from "./population.js";

const [file, users] = process.argv.slice(2) as [string, string];
const db = await open(`sqlite:${file}`, { sweep: false });
const { sweep: _, ...activities } = activitiesOn(db, new Population("peer", Number(users)));
let failure: unknown;
const load = new Load(activities, {
  done() {},
  refused() {},
  skipped() {},
  failed(activity, error) {
    failure ??= `The peer's ${activity} failed: ${String(error)}`;
  },
});
await once(process, "disconnect");
await load.stop();
await db.close();
if (failure !== undefined) {
  console.error(failure);
  process.exitCode = 1;
}
