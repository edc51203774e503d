import { parentPort, workerData } from "node:worker_threads";
import { backUp } from "./backup.js";
import { examine } from "./doctor.js";
import { loadDriver } from "./drivers.js";
import { toPlainError } from "./errors.js";
import { sizeOfFiles } from "./file.js";
import type { InspectionJob, InspectionReply, InspectionSetup } from "./inspection.js";
import { openForReading } from "./opening.js";
import { countRows } from "./stats.js";
import { readContext, snapshotOf } from "./store-context.js";
import { sweepDryRun } from "./sweep-dry-run.js";
import { measureUsage } from "./usage.js";

const { path, driver: driverName, job } = workerData as InspectionSetup & { readonly job: InspectionJob };
parentPort!.postMessage(await reply());

async function reply(): Promise<InspectionReply> {
  try {
    return { ok: true, value: await run() };
  } catch (error) {
    return { ok: false, error: toPlainError(error, path) };
  }
}

async function run(): Promise<unknown> {
  const driver = await loadDriver(driverName);
  // What is examined may be damaged.
  const db = openForReading(job.kind === "doctor" ? { open: driver.openCarefully } : driver, path);
  try {
    const store = readContext(db, path);
    switch (job.kind) {
      case "stats":
        return { ...db.within("BEGIN", () => countRows(db)), bytes: sizeOfFiles(path) };
      case "usage":
        return db.within("BEGIN", () => measureUsage(db, job.tenantId));
      case "sweepDryRun":
        return db.within("BEGIN", () => sweepDryRun(snapshotOf(db, store, { tenantId: job.tenantId }, job.now)));
      case "backup":
        return backUp(db, driver, store, job.file);
      case "doctor":
        return db.within("BEGIN", () => examine(db, store, false));
    }
  } finally {
    db.close();
  }
}
