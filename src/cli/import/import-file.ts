import { HoldfastError } from "../../contract/index.js";
import type { Tenant } from "../../contract/index.js";
import { open } from "../../open.js";
import { batchesOf, operationIdOf, recordBatch } from "./batch.js";
import type { ImportPlan } from "./plan.js";
import { planLines } from "./planned-lines.js";
import type { PlannedLine } from "./planned-lines.js";
import type { SourceFile } from "./source-file.js";
import { findStored } from "./stored-part.js";
import type { StoredPart } from "./stored-part.js";

export interface ImportOptions {
  readonly tenantId: string;
  /** The user of lines that name none. */
  readonly userId: string | undefined;
  /** Hears of every line that is left out. */
  readonly onSkip: (error: HoldfastError) => void;
  /** Hears how many bytes were read; over both passes that makes twice the size of the file. */
  readonly onRead: (bytes: number) => void;
}

export interface ImportReport {
  readonly conversations: number;
  /** Conversations that were not there, or not to their end. */
  readonly added: number;
  readonly alreadyThere: number;
  readonly skipped: number;
  /** Messages and log events that this run added. */
  readonly messages: number;
  readonly events: number;
}

/**
 * The numbers of the lines that cannot be imported, with what is wrong with each. Stores nothing.
 *
 * Each line is recorded on a store in memory, and given up before it is committed, so what the store would refuse shows
 * before anything is stored.
 */
export async function checkFile(
  source: SourceFile,
  options: ImportOptions,
): Promise<ReadonlyMap<number, HoldfastError>> {
  const refused = new Map<number, HoldfastError>();
  await using scratch = await open("memory:");
  const tenant = scratch.tenant(options.tenantId);
  for await (const line of planLines(source.read(options.onRead), options.userId)) {
    const error = line.error ?? (await refusalOf(tenant, line.plan));
    if (error !== undefined) refused.set(line.number, atLine(line.number, error));
  }
  return refused;
}

/**
 * Stores every conversation of the file that is not there yet, but for the `refused` lines. One that is partly there, as
 * after an interrupted import, is completed.
 */
export async function importFile(
  source: SourceFile,
  tenant: Tenant,
  refused: ReadonlyMap<number, HoldfastError>,
  options: ImportOptions,
): Promise<ImportReport> {
  const total = { conversations: 0, added: 0, alreadyThere: 0, skipped: 0, messages: 0, events: 0 };
  for await (const lines of inWindows(planLines(source.read(options.onRead), options.userId))) {
    const results = await storeWindow(tenant, lines, refused);
    for (const result of results) {
      total.conversations++;
      if (result instanceof HoldfastError) {
        options.onSkip(result);
        total.skipped++;
      } else {
        if (result.isNew) total.added++;
        else total.alreadyThere++;
        total.messages += result.messages;
        total.events += result.events;
      }
    }
  }
  return total;
}

interface Stored {
  readonly isNew: boolean;
  readonly messages: number;
  readonly events: number;
}

async function refusalOf(tenant: Tenant, plan: ImportPlan): Promise<HoldfastError | undefined> {
  const givenUp = new Error("given up");
  for (const batch of batchesOf(plan, 0)) {
    try {
      await tenant.write((recorder) => {
        recordBatch(recorder, plan, batch);
        throw givenUp;
      });
    } catch (error) {
      if (error === givenUp) continue;
      if (error instanceof HoldfastError) return error;
      throw error;
    }
  }
  return undefined;
}

/** Conversations that are stored side by side, so that the store can commit them in groups. */
const windowLines = 64;
const windowBytes = 16 * 1024 * 1024;

async function* inWindows(lines: AsyncIterable<PlannedLine>): AsyncGenerator<readonly PlannedLine[]> {
  let window: PlannedLine[] = [];
  let bytes = 0;
  for await (const line of lines) {
    window.push(line);
    bytes += line.plan?.messages.reduce((sum, message) => sum + message.bytes, 0) ?? 0;
    if (window.length < windowLines && bytes < windowBytes) continue;
    yield window;
    window = [];
    bytes = 0;
  }
  yield window;
}

/** What became of each line, in order. A failure that is not of a line itself is thrown. */
async function storeWindow(
  tenant: Tenant,
  lines: readonly PlannedLine[],
  refused: ReadonlyMap<number, HoldfastError>,
): Promise<readonly (Stored | HoldfastError)[]> {
  const good = lines.filter((line) => line.plan !== undefined && !refused.has(line.number));
  const stored = await findStored(
    tenant,
    good.map((line) => line.plan!),
  );
  const partOf = new Map(good.map((line, index) => [line.number, stored[index]!]));
  return Promise.all(
    lines.map(async ({ number, plan, error }) => {
      const part = partOf.get(number);
      if (plan === undefined || part === undefined) return refused.get(number) ?? error!;
      if (part instanceof HoldfastError) return atLine(number, part);
      return storeRest(tenant, plan, part).catch((failure: unknown) => refusalOrThrow(number, failure));
    }),
  );
}

async function storeRest(tenant: Tenant, plan: ImportPlan, part: StoredPart): Promise<Stored> {
  const missing = plan.messages.slice(part.messages);
  if (part.hasThread && missing.length === 0) return { isNew: false, messages: 0, events: 0 };
  for (const batch of batchesOf(plan, part.messages)) {
    await tenant.write((recorder) => recordBatch(recorder, plan, batch), { operationId: operationIdOf(plan, batch) });
  }
  return { isNew: true, messages: missing.length, events: missing.reduce((sum, { events }) => sum + events.length, 0) };
}

const refusals: readonly string[] = ["INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "CONFLICT", "TOO_LARGE"];

function refusalOrThrow(number: number, error: unknown): HoldfastError {
  if (error instanceof HoldfastError && refusals.includes(error.code)) return atLine(number, error);
  throw error;
}

function atLine(line: number, error: HoldfastError): HoldfastError {
  return new HoldfastError(error.code, `line ${line}: ${error.message}`, {
    details: { line, ...error.details },
    cause: error,
  });
}
