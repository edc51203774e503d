import { limits } from "../contract/index.js";

/** What a store keeps for how long, and where: given to `open`, recorded in the store, used by whoever opens it without. */
export interface Settings {
  readonly history?: { readonly maxVersions?: number; readonly maxAgeMs?: number };
  readonly retention?: {
    readonly operationsMs?: number;
    readonly deletedThreadsMs?: number;
    readonly idleThreadsMs?: number;
    readonly hotLogsMs?: number;
  };
  /** Where the cold tier is: `"store"` or `"dir:PATH"`. */
  readonly archive?: string;
}

/** Settings with every default filled in. */
export interface EffectiveSettings {
  readonly history: { readonly maxVersions: number; readonly maxAgeMs?: number };
  readonly retention: NonNullable<Settings["retention"]> & { readonly operationsMs: number };
  readonly archive: string;
}

/** Each of the three as it was given, or else as it was recorded, or else the default. */
export function effectiveSettings(given: Settings, recorded: Settings = {}): EffectiveSettings {
  const { history = recorded.history, retention = recorded.retention, archive = recorded.archive } = given;
  return {
    history: { maxVersions: 100, ...history },
    retention: { operationsMs: limits.operationRetentionMs, ...retention },
    archive: archive ?? "store",
  };
}
