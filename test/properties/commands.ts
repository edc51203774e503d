import fc from "fast-check";
import type { RetentionOptions } from "holdfast";
import { get, list, snapshotFields, write } from "./calls.js";
import type { Call } from "./calls.js";
import { fence, lifeCommand, place, placed } from "./life-commands.js";
import type { LifeCommand, Place } from "./life-commands.js";
import * as pool from "./pools.js";

/** One step of a program. */
export type Command =
  | { readonly do: "move clock"; readonly byMs: number }
  | Write
  /** The last write with an `operationId` again, as it was. */
  | { readonly do: "repeat" }
  /** Writes that are begun together, and may share a group. */
  | { readonly do: "at once"; readonly writes: readonly Write[] }
  | LifeCommand
  | (Place & {
      readonly do: "update";
      readonly call: Pick<Call, "store" | "method" | "args">;
      /** What the function answers; `undefined` leaves things as they are. Absent where the method takes none. */
      readonly answer?: { readonly value: unknown };
    })
  | (Place & { readonly do: "read"; readonly calls: readonly Call[]; readonly together: boolean })
  /** A list page by page, with a write after each page. */
  | (Place & {
      readonly do: "walk";
      readonly call: Call;
      readonly limit: number;
      readonly between: readonly Write[];
    })
  | (Place & { readonly do: "archive"; readonly thread: string; readonly watermark: number })
  | (Place & { readonly do: "evict"; readonly options: { readonly limit?: number } });

/** One commit: through `write`, or, where it has one call and is `alone`, through the method itself. */
export interface Write extends Place {
  readonly do: "write";
  readonly calls: readonly Call[];
  readonly alone: boolean;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface Program {
  /** Whether it begins with a tenant that has something of everything. */
  readonly isPopulated: boolean;
  readonly history: { readonly maxVersions: number; readonly maxAgeMs?: number };
  readonly retention: RetentionOptions;
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
      fence,
    },
    { requiredKeys: [] },
  ),
);

const commit: fc.Arbitrary<Write> = placed({
  do: fc.constant("write" as const),
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
    arbitrary: fc.tuple(place, update).map(([where, what]) => ({ do: "update" as const, ...where, ...what })),
  },
  {
    weight: 4,
    arbitrary: placed({
      do: fc.constant("read" as const),
      calls: fc.array(fc.oneof(get, list), { minLength: 1, maxLength: 5 }),
      together: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: placed({
      do: fc.constant("walk" as const),
      call: list,
      limit: fc.integer({ min: 1, max: 3 }),
      between: fc.array(commit, { maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: placed({
      do: fc.constant("archive" as const),
      thread: pool.thread,
      watermark: fc.nat(4),
    }),
  },
  {
    weight: 2,
    arbitrary: placed({
      do: fc.constant("evict" as const),
      options: fc.record({ limit: fc.nat(3) }, { requiredKeys: [] }),
    }),
  },
  { weight: 6, arbitrary: lifeCommand },
);

export const program: fc.Arbitrary<Program> = fc.record({
  isPopulated: fc.boolean(),
  history: fc.record(
    { maxVersions: fc.constantFrom(1, 2, 100), maxAgeMs: fc.constantFrom(5, 30) },
    { requiredKeys: ["maxVersions"] },
  ),
  retention: fc.record(
    {
      operationsMs: fc.constantFrom(week, week + 30),
      deletedThreadsMs: fc.constantFrom(5, 30),
      idleThreadsMs: fc.constantFrom(30, week),
      hotLogsMs: fc.constantFrom(5, 30),
    },
    { requiredKeys: [] },
  ),
  commands: fc.array(command, { minLength: 1, maxLength: 80, size: "max" }),
});

function on(store: Call["store"] & string, method: string, args: fc.Arbitrary<readonly unknown[]>) {
  return args.map((args) => ({ store, method, args }));
}

function answering(value: fc.Arbitrary<unknown>): fc.Arbitrary<{ readonly value: unknown }> {
  return value.map((value) => ({ value }));
}
