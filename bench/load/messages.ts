import type { ErrorCode } from "holdfast";
import type { FoundWrong, Wrong } from "./findings.js";
import type { Kind } from "./kinds.js";
import type { EncodedLatencies } from "./latencies.js";
import type { Owed } from "./read-back.js";

/** What a process that makes calls is started with, as its argument. */
export interface ProcessSetting {
  readonly url: string;
  readonly writer: string;
  readonly tenants: readonly string[];
  readonly perSecond: number;
  readonly seed: number;
  readonly minutes: number;
  /** What is measured is sent as often. */
  readonly intervalMs: number;
}

/** To a process: all begin at the same moment, and read back once none writes any more. */
export type Command = { readonly type: "start"; readonly startAt: number } | { readonly type: "readBack" };

/** Calls that failed, as they may where the store is away. */
export type Failures = Readonly<Record<string, number>>;

/** From a process, in this order; `measured` again and again. */
export type Report =
  | { readonly type: "ready" }
  | {
      readonly type: "measured";
      readonly interval: number;
      readonly latencies: EncodedLatencies;
      readonly failures: Failures;
    }
  | { readonly type: "ended"; readonly due: number; readonly left: number }
  | {
      readonly type: "readBack";
      readonly owed: Owed;
      readonly erased: number;
      readonly findings: readonly FoundWrong[];
      readonly counts: Readonly<Partial<Record<Wrong, number>>>;
    };

/** How failures are counted: by kind of call and code. */
export function failureName(kind: Kind, code: ErrorCode): string {
  return `${kind} ${code}`;
}
