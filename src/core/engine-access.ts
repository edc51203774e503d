import { limits } from "../contract/index.js";
import type {
  Archived,
  AutoSweepOptions,
  ErasureReceipt,
  Evicted,
  Holdfast,
  LogEntry,
  SweepReport,
} from "../contract/index.js";
import { startBackground } from "./background.js";
import type { Engine, LogAddress, NewErasure, Scope } from "./backend.js";
import { eraseInSteps } from "./erasure.js";
import { checkInterrupted, interruptible } from "./interruption.js";
import type { Call } from "./interruption.js";
import type { Access, OpenStore } from "./open-store.js";
import { Sweeper } from "./sweeper.js";
import { follow } from "./tail.js";
import { tokenStore } from "./tokens.js";
import type { SweepRequest, Upkeep } from "./upkeep.js";

/** A store that is reached through an engine of this process. */
export function engineAccess(engine: Engine): Access {
  return {
    backend: engine,
    upkeepOf: (store) => new SteppedUpkeep(store, engine),
    tokensOf: tokenStore,
    watch: (listener) => engine.watch(listener),
    using: (client) => engineAccess(engine.using(client)),
  };
}

/** Everything step by step, so that other writes get their turn in between. */
class SteppedUpkeep implements Upkeep {
  readonly #store: OpenStore;
  readonly #engine: Engine;
  readonly #sweeper: Sweeper;

  constructor(store: OpenStore, engine: Engine) {
    this.#store = store;
    this.#engine = engine;
    this.#sweeper = new Sweeper(store, engine);
  }

  async archive(log: LogAddress, watermark: number, call: Call): Promise<Archived> {
    let archived = 0;
    for (;;) {
      if (archived > 0) checkInterrupted(call, "unknown");
      const step = this.#engine.archiveStep(log, watermark, this.#store.clock());
      const { archived: more, watermark: reached, done } = await interruptible(call, step, () => "unknown");
      archived += more;
      if (done) return { archived, watermark: reached };
    }
  }

  async evict(of: Scope, limit: number = Number.MAX_SAFE_INTEGER, call: Call): Promise<Evicted> {
    const now = this.#store.clock();
    let removed = 0;
    while (removed < limit) {
      if (removed > 0) checkInterrupted(call, "unknown");
      const step = this.#engine.evictStep(of, now, Math.min(limit - removed, limits.pageItems));
      const { removed: more, done } = await interruptible(call, step, () => "unknown");
      removed += more;
      if (done) return { removed, done: true };
    }
    return { removed, done: false };
  }

  erase(erasure: NewErasure, call: Call): Promise<ErasureReceipt> {
    return eraseInSteps(this.#store, this.#engine, erasure, call);
  }

  sweep(request: SweepRequest, call: Call): Promise<SweepReport> {
    return this.#sweeper.sweep(request, call);
  }

  tail(log: LogAddress, after: number, call: Call, stopped: AbortSignal): AsyncGenerator<LogEntry, undefined> {
    return follow(this.#store, this.#engine, log, after, call, stopped);
  }

  begin(instance: Holdfast, sweep: AutoSweepOptions | false | undefined): void {
    startBackground(this.#store, this.#engine, instance, sweep);
  }
}
