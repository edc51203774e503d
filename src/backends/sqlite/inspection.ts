import { Worker } from "node:worker_threads";
import type { Diagnosis, StoreStats, Usage } from "../../contract/index.js";
import type { CommitError, SweepCounts } from "../../core/backend.js";
import type { DriverName } from "./driver.js";
import { HoldfastError } from "../../contract/index.js";
import { fromPlainError } from "./errors.js";

/** The store that is to be looked at. */
export interface InspectionSetup {
  readonly path: string;
  readonly driver: DriverName;
}

/** What takes long, because it reads much. */
export type InspectionJob =
  | { readonly kind: "stats" }
  | { readonly kind: "usage"; readonly tenantId: string }
  | { readonly kind: "sweepDryRun"; readonly tenantId: string; readonly now: number }
  | { readonly kind: "backup"; readonly file: string }
  | { readonly kind: "doctor" };

export interface InspectionResults {
  stats: StoreStats;
  usage: Usage;
  sweepDryRun: SweepCounts;
  backup: undefined;
  doctor: Diagnosis;
}

export type InspectionReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: CommitError };

/** Does a job in a thread of its own, on one snapshot: neither the application nor its writes wait for it. */
export function inspect<J extends InspectionJob>(
  setup: InspectionSetup,
  job: J,
): Promise<InspectionResults[J["kind"]]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./inspection-worker.js", import.meta.url), {
      workerData: { ...setup, job },
      name: "holdfast-inspection",
      execArgv: [],
    });
    worker.on("message", (reply: InspectionReply) => {
      if (reply.ok) resolve(reply.value as InspectionResults[J["kind"]]);
      else reject(fromPlainError(reply.error));
    });
    let cause: unknown;
    worker.on("error", (error) => {
      cause = error;
    });
    worker.on("exit", () => reject(died(cause)));
  });
}

function died(cause: unknown): HoldfastError {
  return new HoldfastError("UNAVAILABLE", "The thread that looked into the store has died. Try again.", { cause });
}
