import { HoldfastError } from "../../contract/index.js";
import type { EpochMs, ErasureReceipt, TenantId } from "../../contract/index.js";
import { parseStrictJson } from "../../wire/strict-json.js";
import { linesOf } from "../import/lines.js";
import type { Line } from "../import/lines.js";
import { openSource } from "../import/source-file.js";

/** A line of the file to which a store appends its erasures. */
export interface RecordedErasure {
  /** Its number in the file, from 1. */
  readonly line: number;
  readonly at: EpochMs;
  readonly kind: ErasureReceipt["kind"];
  /** Absent where it is the tenant that was erased. */
  readonly tenant?: TenantId;
  /** Hex of the keyed hash of whom it was about. */
  readonly subject: string;
}

/** The erasures in a file, from `since` on. `INVALID_ARGUMENT`, with the number, where any line is damaged. */
export async function readErasures(file: string, since: EpochMs): Promise<readonly RecordedErasure[]> {
  await using source = await openSource(file);
  const erasures: RecordedErasure[] = [];
  for await (const line of linesOf(source.read(() => undefined))) {
    const erasure = readErasure(line);
    if (erasure.at >= since) erasures.push(erasure);
  }
  return erasures;
}

function readErasure(line: Line): RecordedErasure {
  try {
    if (line.text === undefined) throw line.problem;
    const { at, kind, tenant, subject } = Object(parseStrictJson(line.text, "it")) as Readonly<Record<string, unknown>>;
    if (!Number.isSafeInteger(at)) throw damaged('"at" is no instant');
    if (kind !== "user" && kind !== "thread" && kind !== "tenant")
      throw damaged('"kind" is not user, thread or tenant');
    if (kind !== "tenant" && typeof tenant !== "string") throw damaged('"tenant" is no string');
    if (typeof subject !== "string" || !/^[0-9a-f]{64}$/.test(subject)) throw damaged('"subject" is no hash');
    return {
      line: line.number,
      at: at as number,
      kind,
      ...(kind === "tenant" ? {} : { tenant: tenant as string }),
      subject,
    };
  } catch (error) {
    throw new HoldfastError(
      "INVALID_ARGUMENT",
      `line ${line.number} is no erasure: ${(error as Error).message.replace(/\.$/, "")}. Nothing was erased. If the line was cut off, by a crash or a full disk, remove it: that erasure was never begun.`,
      { details: { line: line.number }, cause: error },
    );
  }
}

function damaged(problem: string): HoldfastError {
  return new HoldfastError("INVALID_ARGUMENT", problem);
}
