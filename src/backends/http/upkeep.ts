import type { Archived, ErasureReceipt, Evicted, LogEntry, SweepReport } from "../../contract/index.js";
import type { LogAddress, NewErasure, Scope } from "../../core/backend.js";
import type { Call } from "../../core/interruption.js";
import type { OpenStore } from "../../core/open-store.js";
import type { SweepRequest, Upkeep } from "../../core/upkeep.js";
import { wireCall } from "./remaining.js";
import { wireScope } from "./scope.js";
import { tailOverHttp } from "./tail.js";
import type { Transport } from "./transport.js";

/** What takes several commits, done by the server. It sweeps by itself, too. */
export class HttpUpkeep implements Upkeep {
  readonly #transport: Transport;
  readonly #store: OpenStore;

  constructor(transport: Transport, store: OpenStore) {
    this.#transport = transport;
    this.#store = store;
  }

  archive({ threadId, ...of }: LogAddress, watermark: number, call: Call): Promise<Archived> {
    return this.#call("/v1/log/archiveBefore", { ...wireScope(of), threadId, watermark }, {}, call);
  }

  evict(of: Scope, limit: number | undefined, call: Call): Promise<Evicted> {
    return this.#call("/v1/kv/evictExpired", wireScope(of), limit === undefined ? {} : { limit }, call);
  }

  erase({ kind, tenantId, subjectId, reason }: NewErasure, call: Call): Promise<ErasureReceipt> {
    const options = reason === undefined ? {} : { reason };
    switch (kind) {
      case "user":
        return this.#call("/v1/eraseUser", { tenantId, userId: subjectId }, options, call);
      case "thread":
        return this.#call("/v1/eraseThread", { tenantId, threadId: subjectId }, options, call);
      case "tenant":
        return this.#call("/v1/eraseTenant", { tenantId }, options, call);
    }
  }

  sweep(request: SweepRequest, call: Call): Promise<SweepReport> {
    return this.#call("/v1/sweep", {}, request, call);
  }

  tail(log: LogAddress, after: number, call: Call, stopped: AbortSignal): AsyncGenerator<LogEntry, undefined> {
    return tailOverHttp(this.#transport, this.#store, log, after, call, stopped);
  }

  begin(): void {}

  #call<T>(path: string, body: object, options: object, call: Call): Promise<T> {
    return this.#store.abandonable(
      call,
      (gone) =>
        this.#transport.call<T>(path, () => ({ ...body, options: { ...options, ...wireCall(call) } }), { gone }),
      () => "unknown",
    );
  }
}
