import type { PostgresOptions } from "holdfast/postgres";
import type { Pool, PoolClient, QueryConfig } from "pg";

/** Collects the texts of statements, each once, without what is different in every schema and for every tenant. */
export class RecordedStatements {
  readonly #texts = new Set<string>();

  get texts(): readonly string[] {
    return [...this.#texts];
  }

  add(text: string): void {
    this.#texts.add(
      text
        .replaceAll(/"place_\w+"/g, '"store"')
        .replaceAll(/(SET LOCAL holdfast\.tenant = )E?'(?:[^']|'')*'/g, "$1'tenant'")
        .replaceAll(/holdfast_[0-9a-f]{16}/g, "role"),
    );
  }
}

/** A pool with `pipeline` that records what is sent through it. */
export function recordingPool(pool: Pool, statements: RecordedStatements): PostgresOptions["pool"] {
  return {
    connect: async () => recordingClient(await pool.connect(), statements),
    end: () => pool.end(),
    on: () => {},
  };
}

/** A client that records what is sent through it. */
function recordingClient(client: PoolClient, statements: RecordedStatements): PoolClient {
  const query = (config: QueryConfig | string, ...values: readonly unknown[]): unknown => {
    statements.add(typeof config === "string" ? config : config.text);
    return (client.query as (...all: readonly unknown[]) => unknown).call(client, config, ...values);
  };
  return Object.assign(Object.create(client), { query }) as PoolClient;
}

/** The same pool, the clients of which record what is sent through them. */
export function recordingCallers(pool: Pool, statements: RecordedStatements): Pool {
  const connect = async () => recordingClient(await pool.connect(), statements);
  return Object.assign(Object.create(pool), { connect }) as Pool;
}
