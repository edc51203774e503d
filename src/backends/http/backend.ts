import type { Diagnosis, Migrated, StoreStats } from "../../contract/index.js";
import type { Backend, Commit, CommitOutcome, Grouping, ReadCall, Scope, BackendInfo } from "../../core/backend.js";
import type { Answer, Query, RowPage } from "../../core/queries.js";
import { lanes } from "../../wire/lanes.js";
import type { QueriesRequest, QueriesResult } from "../../wire/lanes.js";
import { notOurs } from "./answers.js";
import { Backoff } from "./backoff.js";
import { sendCommits } from "./commits.js";
import { settled } from "./errors.js";
import { remaining } from "./remaining.js";
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
    { gone, deadline }: ReadCall,
  ): Promise<{ readonly [I in keyof Q]: Answer<Q[I]> }> {
    const body = (): QueriesRequest => ({
      ...wireScope(of),
      queries,
      ...(deadline !== undefined && { options: remaining(deadline) }),
    });
    const answer = await this.#transport.call<Partial<QueriesResult> | undefined>(lanes.queries, body, {
      gone,
      isRead: true,
    });
    const answers = answer?.answers;
    if (answers?.length !== queries.length)
      throw settled(notOurs({ status: 200, url: this.#transport.base }), undefined);
    return queries.map((query, index) => toAnswer(query, answers[index])) as never;
  }

  async listTenants(limit: number, after?: string): Promise<RowPage<string, readonly [tenantId: string]>> {
    const body = { limit, ...(after !== undefined && { after }) };
    return this.#transport.call(lanes.tenants, body, { isRead: true });
  }

  stats(): Promise<StoreStats> {
    return this.#transport.call("/v1/stats", {}, { isRead: true });
  }

  connections(): undefined {}

  doctor(fix: boolean): Promise<Diagnosis> {
    return this.#transport.call("/v1/doctor", { options: { fix } });
  }

  /** Into a file of the server's machine. Made again it would only find that the file is there. */
  backup(file: string): Promise<void> {
    return this.#transport.call("/v1/backup", { file }, { isOnce: true });
  }

  migrate(): Promise<Migrated> {
    return this.#transport.call("/v1/migrate", {});
  }

  /** Asks once: what is healthy answers. */
  async healthCheck(): Promise<void> {
    await this.#transport.call("/v1/healthCheck", {}, { isRead: true, backoff: new Backoff(0) });
  }

  async close(): Promise<void> {
    this.#transport.close();
  }
}
