import type { EpochMs } from "../../contract/index.js";
import type { EffectiveSettings } from "../../core/settings.js";
import type { Connection } from "./connection.js";
import type { ColdTier } from "../../core/cold-tier.js";
import type { SqlRow, SqlValue } from "./driver.js";
import type { Hashing } from "./tombstones.js";

/** One moment of one tenant, as it is read: the transaction is open. */
export interface Snapshot extends Hashing {
  readonly db: Connection;
  readonly now: EpochMs;
  /** The user whose things alone exist; `undefined` where all do. */
  readonly userId: string | undefined;
  /** Whether anything of the tenant was erased. */
  readonly hasErased: boolean;
  readonly settings: EffectiveSettings;
  readonly cold: ColdTier;
  /** The first row of a statement whose first parameter is the tenant; `values` are the others. */
  first<Row extends SqlRow>(sql: string, ...values: readonly SqlValue[]): Row | undefined;
}

/** Whether something of this user does not exist in the scope of the read. */
export function isForeign({ userId }: Pick<Snapshot, "userId">, owner: string | null | undefined): boolean {
  return userId !== undefined && userId !== owner;
}
