import type { Scenario } from "../place.js";
import { archive, archiveOutside } from "./archive.js";
import { backup } from "./backup.js";
import { checkpoint } from "./checkpoint.js";
import { erase } from "./erase.js";
import { fork } from "./fork.js";
import { imports } from "./imports.js";
import { lease } from "./lease.js";
import { migration } from "./migration.js";
import { severalWriters } from "./several-writers.js";
import { sweep } from "./sweep.js";
import { turns } from "./turns.js";

export type ScenarioName =
  | "turns"
  | "severalWriters"
  | "checkpoint"
  | "archive"
  | "archiveOutside"
  | "erase"
  | "sweep"
  | "migration"
  | "fork"
  | "imports"
  | "lease"
  | "backup";

/** What is killed. */
export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  turns,
  severalWriters,
  checkpoint,
  archive,
  archiveOutside,
  erase,
  sweep,
  migration,
  fork,
  imports,
  lease,
  backup,
};

/** Whose turn it is to be killed, over and over. One round of it is what `npm test` runs. */
export const schedule: readonly ScenarioName[] = [
  ...(["turns", "erase", "sweep", "migration", "archiveOutside"] as const),
  ...(["severalWriters", "erase", "backup", "fork", "checkpoint"] as const),
  ...(["turns", "erase", "sweep", "migration", "archiveOutside"] as const),
  ...(["severalWriters", "imports", "lease", "archive", "checkpoint"] as const),
];
