import { limits } from "../contract/index.js";
import type { Holdfast, OpenOptions } from "../contract/index.js";
import { identifier, integer, invalid, oneOf, optional, optionsOf, record } from "./arguments.js";
import type { Backend, BackendOptions } from "./backend.js";
import { callOptions, checkCall, checkInterrupted, interruptible } from "./interruption.js";
import { OpenStore } from "./open-store.js";
import { tenantOf } from "./tenant.js";

const names: readonly string[] = ["clock", "newId", "history", "maxValueBytes", "observe", "driver"];

/** Checks the options of `open`. */
export function checkOpenOptions(options: unknown): OpenOptions {
  const given = optionsOf(options, names);
  for (const name of ["clock", "newId", "observe"]) {
    if (given[name] !== undefined && typeof given[name] !== "function")
      throw invalid(`options.${name}`, "must be a function.");
  }
  optional(given.maxValueBytes, "options.maxValueBytes", (value, path) =>
    integer(value, path, 1, limits.configurableValueBytes),
  );
  optional(given.driver, "options.driver", (value, path) =>
    oneOf(value, path, ["libsql", "node:sqlite", "better-sqlite3"]),
  );
  optional(given.history, "options.history", checkHistory);
  return given;
}

/** What a backend is opened with. */
export function backendOptions(options: OpenOptions): BackendOptions {
  const { maxVersions = 100, maxAgeMs } = options.history ?? {};
  return {
    history: { maxVersions, ...(maxAgeMs !== undefined && { maxAgeMs }) },
    now: (options.clock ?? Date.now)(),
  };
}

/** Makes the contract's instance of a backend that is open. */
export function instanceOf(backend: Backend, options: OpenOptions): Holdfast {
  const store = new OpenStore(backend, options);
  const isHealthy = async (given: unknown): Promise<boolean> => {
    return run(store, "state.healthCheck", given, () => backend.healthCheck()).then(
      () => true,
      () => false,
    );
  };
  return {
    tenant: (tenantId) => tenantOf(store, identifier(tenantId, "tenantId", limits.tenantIdBytes), isHealthy),
    info: () => ({ ...backend.info }),
    stats: (given) => run(store, "stats", given, () => backend.stats()),
    healthCheck: (given) => run(store, "healthCheck", given, () => backend.healthCheck()),
    migrate: (given) => run(store, "migrate", given, () => backend.migrate()),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

async function run<T>(store: OpenStore, operation: string, options: unknown, work: () => Promise<T>): Promise<T> {
  const call = checkCall(optionsOf(options, callOptions));
  return store.run(operation, undefined, call, async () => {
    checkInterrupted(call, "none");
    return { value: await interruptible(call, work()), rows: 1 };
  });
}

function checkHistory(value: unknown, path: string): void {
  const { maxVersions, maxAgeMs } = record(value, path, ["maxVersions", "maxAgeMs"]);
  optional(maxVersions, `${path}.maxVersions`, (count, at) => integer(count, at, 1));
  optional(maxAgeMs, `${path}.maxAgeMs`, (age, at) => integer(age, at, 1));
}
