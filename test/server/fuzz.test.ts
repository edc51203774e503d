import { httpStatus } from "holdfast";
import type { ErrorCode } from "holdfast";
import { describe, expect, it } from "vitest";
import { engines } from "../support/engines.js";
import { seededRandom } from "../support/seeded-random.js";
import { Mutations } from "./fuzz/mutations.js";
import { Schemas } from "./fuzz/schema.js";
import { openTarget } from "./fuzz/target.js";
import type { Answered, Operation, Target } from "./fuzz/target.js";

/** How many of all changes are tried: with a database, each takes its time. */
const share: Readonly<Record<string, number>> = { memory: 0.15, sqlite: 0.04, postgres: 0.01 };

describe.each(engines)("any change of any field of any operation, on $name", (engine) => {
  it("is refused where the document does not allow it, never with a 5xx, and stores nothing then", async () => {
    await using target = await openTarget(engine);
    const random = seededRandom(41);
    const schemas = new Schemas(target.schemas);
    const problems: string[] = [];
    const changes = target.operations.map((operation) => {
      const { operationId, schema, example } = operation;
      expect(schemas.accepts(schema, example), `the example of ${operationId}`).toBe(true);
      const changed = [...new Mutations(schemas).of(schema, example)].filter(
        () => random() < (share[engine.name] ?? 1),
      );
      const allowed = new Set(changed.filter((body) => schemas.accepts(schema, body)));
      return { operation, allowed: [...allowed], wrong: changed.filter((body) => !allowed.has(body)) };
    });
    const before = await target.stored();
    for (const { operation, wrong } of changes.filter(({ operation }) => !isDoneInPart(operation))) {
      problems.push(...(await tryWrong(target, operation, wrong)));
    }
    expect(await target.stored()).toBe(before);
    for (const { operation, wrong } of changes.filter(({ operation }) => isDoneInPart(operation))) {
      problems.push(...(await tryWrong(target, operation, wrong)));
    }
    for (const { operation, allowed } of changes) {
      problems.push(...(await tryAllowed(target, operation, allowed, random)));
    }
    expect(problems.slice(0, 40)).toEqual([]);
  }, 60_000);
});

/** Of several records or commits, those that are right are stored. */
function isDoneInPart({ operationId }: Operation): boolean {
  return operationId === "import" || operationId === "commits";
}

/** What is wrong with the answers to bodies that the document does not allow. */
async function tryWrong(target: Target, operation: Operation, bodies: readonly unknown[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const body of bodies) {
    const text = JSON.stringify(body);
    const answer = await target.post(operation.path, text);
    const problem = problemOf(operation, body, answer) ?? (isRefused(answer) ? undefined : "was accepted");
    if (problem !== undefined) problems.push(`${operation.operationId} ${text.slice(0, 300)}: ${problem}`);
  }
  return problems;
}

/** What is wrong with the answers to bodies that the document allows; the store may refuse them all the same. */
async function tryAllowed(
  target: Target,
  operation: Operation,
  bodies: readonly unknown[],
  random: () => number,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const body of bodies) {
    const text = JSON.stringify(body);
    const before = random() < 0.03 ? await target.stored() : undefined;
    const answer = await target.post(operation.path, text);
    const hasStored = before !== undefined && answer.status !== 200 && before !== (await target.stored());
    const problem = problemOf(operation, body, answer) ?? (hasStored ? "stored something" : undefined);
    if (problem !== undefined) problems.push(`${operation.operationId} ${text.slice(0, 300)}: ${problem}`);
  }
  return problems;
}

function problemOf({ operationId }: Operation, body: unknown, { status, text, problem }: Answered): string | undefined {
  if (problem !== undefined) return problem;
  const codes = operationId === "commits" && status === 200 ? outcomesOf(text) : [];
  // A caller may ask for too little time, or send a codec that the server does not know yet.
  const own = JSON.stringify(body).includes('"timeoutMs"') ? [504] : codes.includes("UNSUPPORTED") ? [501] : [];
  const statuses = [status, ...codes.map((code) => httpStatus[code])].filter((each) => !own.includes(each));
  return statuses.some((each) => each >= 500) ? `answered ${status} ${text.slice(0, 300)}` : undefined;
}

/** Commits are answered each for itself. */
function isRefused({ status, text }: Answered): boolean {
  return status !== 200 || outcomesOf(text).length > 0;
}

function outcomesOf(text: string): readonly ErrorCode[] {
  const { result } = JSON.parse(text) as { readonly result?: { readonly outcomes?: readonly Outcome[] } };
  return (result?.outcomes ?? []).flatMap((outcome) => outcome.error?.code ?? []);
}

interface Outcome {
  readonly error?: { readonly code: ErrorCode };
}
