import type { z } from "zod";
import { HoldfastError } from "../contract/index.js";
import type { ErrorDetails } from "../contract/index.js";
import { describe, propertyPath } from "../core/arguments.js";

/**
 * What a body says, by its schema. Throws `INVALID_ARGUMENT` where it does not fit, in the words of the core and with a path
 * like the core's; in an operation of a write with the path inside of it, and its `operationIndex`.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw refusal(parsed.error.issues);
}

type Issue = z.core.$ZodIssue;
type Step = string | number;

function refusal(issues: readonly Issue[]): HoldfastError {
  const issue = deepest(issues[0] as Issue);
  const path = [
    ...(issue.path as readonly Step[]),
    ...(issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : []),
  ];
  const [first, second] = path;
  const isInOperation = first === "operations" && typeof second === "number";
  const at = pathText(isInOperation && path.length > 2 ? path.slice(2) : path);
  const { problem, details } = complaint(issue);
  return new HoldfastError("INVALID_ARGUMENT", `${at} ${problem}`, {
    details: { path: at, ...details },
    ...(isInOperation && { operationIndex: second }),
  });
}

/** Of a union the complaint of the member that fits best: the one that was followed furthest. */
function deepest(issue: Issue): Issue {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue;
  const [best] = issue.errors
    .flatMap(([first]) => (first === undefined ? [] : [deepest(first)]))
    .toSorted((one, other) => other.path.length - one.path.length);
  if (best === undefined || best.path.length === 0) return issue;
  return { ...best, path: [...issue.path, ...best.path] };
}

function complaint(issue: Issue): { readonly problem: string; readonly details?: ErrorDetails } {
  switch (issue.code) {
    case "unrecognized_keys":
      return { problem: "is not known here." };
    case "invalid_type":
      if (issue.input === undefined) return { problem: "must be given." };
      return { problem: `must be ${typeNames[issue.expected] ?? issue.expected}; got ${describe(issue.input)}.` };
    case "invalid_value":
      return {
        problem: `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}; got ${describe(issue.input)}.`,
      };
    case "too_small":
      return tooSmall(issue);
    case "too_big":
      return tooBig(issue);
    case "custom":
      return { problem: `${issue.message}.` };
    case "invalid_union":
      if ("discriminator" in issue) return { problem: "must name a method that can be part of this." };
      return { problem: `has none of the forms that it may have; got ${describe(issue.input)}.` };
    default:
      return { problem: "is not what it must be." };
  }
}

function tooSmall({ origin, minimum, input }: z.core.$ZodIssueTooSmall): ReturnType<typeof complaint> {
  if (origin === "string") return { problem: "must not be empty." };
  if (origin === "array") return { problem: `must have at least ${minimum}.` };
  return { problem: `must be at least ${minimum}; got ${describe(input)}.` };
}

function tooBig({ origin, maximum, input }: z.core.$ZodIssueTooBig): ReturnType<typeof complaint> {
  const limit = Number(maximum);
  if (typeof input === "string") {
    const size = Buffer.byteLength(input);
    return { problem: `is too long: ${size} bytes, and the limit is ${limit}.`, details: { limit, size } };
  }
  if (Array.isArray(input)) {
    const size = input.length;
    return { problem: `has ${size} items, and the limit is ${limit}.`, details: { limit, size } };
  }
  const what = origin === "int" ? "an integer" : "a number";
  return { problem: `must be ${what} of at most ${limit}; got ${describe(input)}.` };
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "an integer",
  boolean: "true or false",
  object: "an object",
  array: "an array",
};

function pathText(path: readonly Step[]): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text = propertyPath(text, step);
  }
  return text === "" ? "body" : text.replace(/^\./, "");
}
