import { HoldfastError } from "holdfast";
import type { Activity } from "./activities.js";

/** Hears of every call. */
export interface LoadListener {
  done(activity: string, ms: number): void;
  /** What a call may meet: its user was erased meanwhile, or another holds the lease. */
  refused(activity: string): void;
  /** A call was due, and too many of its kind were still under way. */
  skipped(activity: string): void;
  failed(activity: string, error: unknown): void;
}

const mostAtOnce = 50;

/** Does everything at its own steady rate, whether or not calls before have ended, until it is stopped. */
export class Load {
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #underWay = new Set<Promise<void>>();

  constructor(activities: Readonly<Record<string, Activity>>, listener: LoadListener) {
    for (const [name, activity] of Object.entries(activities)) {
      let running = 0;
      const timer = setInterval(() => {
        if (running >= mostAtOnce) {
          listener.skipped(name);
          return;
        }
        running += 1;
        const call = this.#run(name, activity, listener).finally(() => {
          running -= 1;
          this.#underWay.delete(call);
        });
        this.#underWay.add(call);
      }, activity.everyMs);
      this.#timers.push(timer);
    }
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#underWay);
  }

  async #run(name: string, activity: Activity, listener: LoadListener): Promise<void> {
    const started = performance.now();
    try {
      await activity.run();
      listener.done(name, performance.now() - started);
    } catch (error) {
      const isExpected = error instanceof HoldfastError && ["NOT_FOUND", "CONFLICT"].includes(error.code);
      if (isExpected) listener.refused(name);
      else listener.failed(name, error);
    }
  }
}
