import { Pool } from "pg";
import type { PoolConfig } from "pg";

/**
 * A pool of `pg`, whose `end` resolves before its connections are closed: where their database is dropped meanwhile, the
 * server ends them with an error, which a pool without a listener throws out of nowhere.
 */
export function openPool(config: PoolConfig): Pool {
  return new Pool(config).on("error", () => {});
}
