import type { EpochMs } from "../contract/index.js";
import type { EffectiveSettings } from "../core/settings.js";
import type { Tables } from "./schema.js";

/** What one tenant has, as it is in one scope at one time. */
export interface View {
  readonly tables: Tables;
  readonly settings: EffectiveSettings;
  readonly now: EpochMs;
  /** The user whose scope it is: what is not theirs does not exist. `undefined` where it is that of the tenant. */
  readonly userId: string | undefined;
}

/** Whether what is this owner's exists in the scope. */
export function isInScope(view: View, owner: string | undefined): boolean {
  return view.userId === undefined || view.userId === owner;
}
