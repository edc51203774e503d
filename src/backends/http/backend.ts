import { HoldfastError } from "../../contract/index.js";
import type { Diagnosis, Migrated, StoreStats } from "../../contract/index.js";
import type { Backend, Commit, CommitOutcome, Grouping, ReadCall, Scope, BackendInfo } from "../../core/backend.js";
import type { Answer, Query, RowPage } from "../../core/queries.js";
import { lanes } from "../../wire/lanes.js";
import type { QueriesRequest, QueriesResult } from "../../wire/lanes.js";
import { sendCommits } from "./commits.js";
import { toAnswer } from "./rows.js";
import { wireScope } from "./scope.js";
import type { Transport } from "./transport.js";

/** A store behind a Holdfast server. */
export class HttpBackend implements Backend {
  readonly info: BackendInfo;
  /** The server has it. */
  readonly hashKey = undefined;
  /** While one request of a tenant is on its way, the next gathers: so its commits keep their order. */
  readonly grouping: Grouping = { lane: "tenant", inFlight: 1, commits: 256 };
  readonly #transport: Transport;

  constructor(transport: Transport, info: BackendInfo) {
    this.#transport = transport;
    this.info = info;
  }

  commit(group: readonly Commit[], gone?: AbortSignal): Promise<readonly CommitOutcome[]> {
    return sendCommits(this.#transport, group, gone);
  }

  async read<const Q extends readonly Query[]>(
    of: Scope,
    queries: Q,
    { gone }: ReadCall,
  ): Promise<{ readonly [I in keyof Q]: Answer<Q[I]> }> {
    const body: QueriesRequest = { ...wireScope(of), queries };
    const { answers } = await this.#transport.call<QueriesResult>(lanes.queries, body, { gone });
    return queries.map((query, index) => toAnswer(query, answers[index])) as never;
  }

  async listTenants(limit: number, after?: string): Promise<RowPage<string, readonly [tenantId: string]>> {
    return this.#transport.call(lanes.tenants, { limit, ...(after !== undefined && { after }) });
  }

  stats(): Promise<StoreStats> {
    return this.#transport.call("/v1/stats", {});
  }

  connections(): undefined {}

  doctor(fix: boolean): Promise<Diagnosis> {
    return this.#transport.call("/v1/doctor", { options: { fix } });
  }

  async backup(): Promise<void> {
    throw new HoldfastError("UNSUPPORTED", "A backup is made where the store is: run `holdfast backup` there.", {
      outcome: "none",
    });
  }

  migrate(): Promise<Migrated> {
    return this.#transport.call("/v1/migrate", {});
  }

  async healthCheck(): Promise<void> {
    await this.#transport.call("/v1/healthCheck", {});
  }

  async close(): Promise<void> {
    this.#transport.close();
  }
}
