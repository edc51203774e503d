import fc from "fast-check";
import { get, list, snapshotFields, write } from "./calls.js";
import type { Call } from "./calls.js";
import * as pool from "./pools.js";

/** One step of a program. */
export type Command =
  | { readonly do: "move clock"; readonly byMs: number }
  | Write
  /** The last write with an `operationId` again, as it was. */
  | { readonly do: "repeat" }
  /** Writes that are begun together, and may share a group. */
  | { readonly do: "at once"; readonly writes: readonly Write[] }
  | {
      readonly do: "update";
      readonly tenant: string;
      readonly call: Pick<Call, "store" | "method" | "args">;
      /** What the function answers; `undefined` leaves things as they are. Absent where the method takes none. */
      readonly answer?: { readonly value: unknown };
    }
  | { readonly do: "read"; readonly tenant: string; readonly calls: readonly Call[]; readonly together: boolean }
  /** A list page by page, with a write after each page. */
  | {
      readonly do: "walk";
      readonly tenant: string;
      readonly call: Call;
      readonly limit: number;
      readonly between: readonly Write[];
    }
  | { readonly do: "archive"; readonly tenant: string; readonly thread: string; readonly watermark: number }
  | { readonly do: "evict"; readonly tenant: string; readonly options: { readonly limit?: number } };

/** One commit: through `tenant.write`, or, where it has one call and is `alone`, through the method itself. */
export interface Write {
  readonly do: "write";
  readonly tenant: string;
  readonly calls: readonly Call[];
  readonly alone: boolean;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Program {
  /** Whether it begins with a tenant that has something of everything. */
  readonly isPopulated: boolean;
  readonly history: { readonly maxVersions: number; readonly maxAgeMs?: number };
  readonly commands: readonly Command[];
}

const week = 7 * 86_400_000;

const writeOptions = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  fc.record(
    {
      operationId: pool.operation,
      onRepeat: fc.constantFrom("conflict", "first"),
      actor: fc.constant("worker:1"),
      requestId: fc.constant("r"),
    },
    { requiredKeys: [] },
  ),
);

const commit: fc.Arbitrary<Write> = fc.record({
  do: fc.constant("write"),
  tenant: pool.tenant,
  calls: fc.oneof(
    { weight: 2, arbitrary: fc.array(write, { minLength: 1, maxLength: 1 }) },
    fc.array(write, { minLength: 1, maxLength: 5 }),
  ),
  alone: fc.boolean(),
  options: writeOptions,
});

const update = fc.oneof(
  fc.record({ call: on("messages", "getOrCreateThread", fc.tuple(pool.user)) }),
  fc.record({
    call: on("messages", "updateThread", fc.tuple(pool.thread)),
    answer: answering(fc.constantFrom(undefined, {}, { title: "renamed" })),
  }),
  fc.record({
    call: on("messages", "updateMessage", fc.tuple(pool.message)),
    answer: answering(fc.constantFrom(undefined, {}, { content: "edited", parts: null })),
  }),
  fc.record({
    call: on("state", "upsertLatest", fc.tuple(pool.user)),
    answer: answering(fc.option(snapshotFields, { nil: undefined })),
  }),
  fc.record({
    call: on("kv", "update", fc.tuple(pool.namespace, pool.key)),
    answer: answering(fc.constantFrom(undefined, "updated", null)),
  }),
);

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("move clock"),
      byMs: fc.constantFrom(1, 5, 10, 30, -5, -30, week, -week),
    }),
  },
  { weight: 12, arbitrary: commit },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("repeat") }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("at once"), writes: fc.array(commit, { minLength: 2, maxLength: 5 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(pool.tenant, update).map(([tenant, what]) => ({ do: "update" as const, tenant, ...what })),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("read"),
      tenant: pool.tenant,
      calls: fc.array(fc.oneof(get, list), { minLength: 1, maxLength: 5 }),
      together: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("walk"),
      tenant: pool.tenant,
      call: list,
      limit: fc.integer({ min: 1, max: 3 }),
      between: fc.array(commit, { maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("archive"),
      tenant: pool.tenant,
      thread: pool.thread,
      watermark: fc.nat(4),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("evict"),
      tenant: pool.tenant,
      options: fc.record({ limit: fc.nat(3) }, { requiredKeys: [] }),
    }),
  },
);

export const program: fc.Arbitrary<Program> = fc.record({
  isPopulated: fc.boolean(),
  history: fc.record(
    { maxVersions: fc.constantFrom(1, 2, 100), maxAgeMs: fc.constantFrom(5, 30) },
    { requiredKeys: ["maxVersions"] },
  ),
  commands: fc.array(command, { minLength: 1, maxLength: 80, size: "max" }),
});

function on(store: Call["store"] & string, method: string, args: fc.Arbitrary<readonly unknown[]>) {
  return args.map((args) => ({ store, method, args }));
}

function answering(value: fc.Arbitrary<unknown>): fc.Arbitrary<{ readonly value: unknown }> {
  return value.map((value) => ({ value }));
}
