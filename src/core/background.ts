import type { AutoSweepOptions, Holdfast } from "../contract/index.js";
import type { Engine } from "./backend.js";
import { resumeErasures } from "./erasure.js";
import type { OpenStore } from "./open-store.js";

/**
 * Starts what a store does by itself while it is open: it goes on with erasures that were interrupted, and sweeps from time
 * to time. Neither keeps the process alive, nor fails anything: what is wrong, the next call will meet, and say so.
 */
export function startBackground(
  store: OpenStore,
  engine: Engine,
  instance: Holdfast,
  sweep: AutoSweepOptions | false | undefined = {},
): void {
  store.track(resumeErasures(store, engine, {}));
  if (sweep === false) return;
  const { everyMs = 600_000, budgetMs = 2000 } = sweep;
  const timer = setInterval(() => void instance.sweep({ budgetMs }).catch(ignore), everyMs);
  timer.unref();
  store.onClose(() => clearInterval(timer));
}

function ignore(): void {}
