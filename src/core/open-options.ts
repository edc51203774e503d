import { limits } from "../contract/index.js";
import type { OpenOptions } from "../contract/index.js";
import { describe, epochMs, integer, invalid, oneOf, optional, optionsOf, record } from "./arguments.js";
import type { BackendOptions } from "./backend.js";
import { withoutAbsent } from "./messages-writes.js";

const names: readonly string[] = [
  "clock",
  "newId",
  "history",
  "retention",
  "sweep",
  "archive",
  "erasures",
  "erasureKey",
  "maxValueBytes",
  "observe",
  "driver",
  "migrate",
  "token",
  "fetch",
  "retryForMs",
];

/** Checks the options of `open`. */
export function checkOpenOptions(options: unknown): OpenOptions {
  const given = optionsOf(options, names);
  for (const name of ["clock", "newId", "observe", "fetch"]) {
    if (given[name] !== undefined && typeof given[name] !== "function")
      throw invalid(`options.${name}`, "must be a function.");
  }
  optional(given.maxValueBytes, "options.maxValueBytes", (value, path) =>
    integer(value, path, 1, limits.configurableValueBytes),
  );
  optional(given.driver, "options.driver", (value, path) =>
    oneOf(value, path, ["libsql", "node:sqlite", "better-sqlite3"]),
  );
  if (given.migrate !== undefined && typeof given.migrate !== "boolean")
    throw invalid("options.migrate", `must be true or false; got ${describe(given.migrate)}.`);
  optional(given.token, "options.token", checkToken);
  optional(given.retryForMs, "options.retryForMs", (value, path) => integer(value, path, 0));
  optional(given.history, "options.history", checkHistory);
  optional(given.retention, "options.retention", checkRetention);
  optional(given.sweep, "options.sweep", checkAutoSweep);
  optional(given.archive, "options.archive", checkArchive);
  optional(given.erasures, "options.erasures", filePath);
  optional(given.erasureKey, "options.erasureKey", checkErasureKey);
  return given;
}

/** What a backend is opened with. */
export function backendOptions({ clock = Date.now, history, retention, archive }: OpenOptions): BackendOptions {
  const settings = withoutAbsent({
    history: history && withoutAbsent({ ...history }),
    retention: retention && withoutAbsent({ ...retention }),
    archive,
  });
  return { settings, now: epochMs(clock(), "clock()") };
}

/** A path in the file system. */
export function filePath(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "" || value.includes("\0")) {
    throw invalid(path, `must be the path of a file; got ${describe(value)}.`);
  }
  return value;
}

/** The shortest key that cannot be guessed, if it is random. */
const shortestKey = 16;

function checkErasureKey(value: unknown, path: string): void {
  if (typeof value === "string" && value.length >= shortestKey && value.trim() === value) return;
  throw invalid(path, `must be a random text of at least ${shortestKey} characters, without spaces around it.`);
}

/** Whether it can stand in an `Authorization` header as it is. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

function checkToken(value: unknown, path: string): void {
  if (typeof value === "function" || isToken(value)) return;
  throw invalid(path, "must be a token, without spaces, or a function that gives one.");
}

function checkArchive(value: unknown, path: string): void {
  if (value === "store") return;
  if (typeof value !== "string" || !value.startsWith("dir:")) {
    throw invalid(path, `must be "store" or "dir:PATH", such as "dir:./cold"; got ${describe(value)}.`);
  }
  filePath(value.slice("dir:".length), path);
}

function checkHistory(value: unknown, path: string): void {
  const { maxVersions, maxAgeMs } = record(value, path, ["maxVersions", "maxAgeMs"]);
  optional(maxVersions, `${path}.maxVersions`, (count, at) => integer(count, at, 1));
  optional(maxAgeMs, `${path}.maxAgeMs`, (age, at) => integer(age, at, 1));
}

function checkRetention(value: unknown, path: string): void {
  const names = ["operationsMs", "deletedThreadsMs", "idleThreadsMs", "hotLogsMs"] as const;
  const given = record(value, path, names);
  for (const name of names) {
    const shortest = name === "operationsMs" ? limits.operationRetentionMs : 1;
    optional(given[name], `${path}.${name}`, (age, at) => integer(age, at, shortest));
  }
}

/** The shortest time between two sweeps, and the longest that a timer takes. */
const sweepEveryMs = { min: 1000, max: 2_147_483_647 };

function checkAutoSweep(value: unknown, path: string): void {
  if (value === false) return;
  const { everyMs, budgetMs } = record(value, path, ["everyMs", "budgetMs"]);
  optional(everyMs, `${path}.everyMs`, (time, at) => integer(time, at, sweepEveryMs.min, sweepEveryMs.max));
  optional(budgetMs, `${path}.budgetMs`, (time, at) => integer(time, at, 1));
}
