import { z } from "zod";
import type { TokenScope } from "../contract/index.js";
import { tenantId, identifier } from "./fields.js";
import { callOptions, writeOptions } from "./options.js";
import type { Result } from "./results.js";
import { described, named } from "./schema.js";
import type { Shape } from "./schema.js";

/**
 * What a method does. `recorded`: a write that `/v1/write` records too. `write`: another one. Both take the options of writes.
 * `step`: changes something else. `asked`: a read that `/v1/read` asks too. `read`: another one. `walk`: gives many
 * records, one after the other.
 */
export type Kind = "recorded" | "write" | "step" | "asked" | "read" | "walk";

/** What a method is called on: the stores of a tenant or one of its users, a whole tenant, or the instance. */
export type Level = "stores" | "tenant" | "instance";

/** What a caller needs, to be let through. */
export type Scope = TokenScope | "any";

/** A body that fitted its schema. */
export type Body = Readonly<Record<string, unknown>>;

/** A method of the contract, as the wire has it. */
export interface Method {
  readonly kind: Kind;
  /** What it does, in a line or two. */
  readonly says: string;
  /** Its parameters, by name and in order, options apart. */
  readonly parameters: Shape;
  /** Its own options, besides those of every call, or every write. */
  readonly options?: Shape;
  readonly result: Result;
  /** A body that works, without `tenantId`. The examples of all methods work one after the other, on an empty store. */
  readonly example: Body;
  /** By default `"read"` or `"write"`, as its kind says, and `"operator"` for what the instance does. */
  readonly scope?: Scope;
  /** Whether its `options` must be given. */
  readonly needsOptions?: true;
  /** How it is called, where that is not by its name with its parameters. */
  readonly call?: Call;
}

/** Calls a method on what it is called on; `options` are those of the contract. */
export type Call = (handle: never, body: Body, options: Body) => unknown;

export interface Route extends Method {
  /** As `observe` names the method: `"messages.createThread"`. */
  readonly name: string;
  readonly path: string;
  readonly level: Level;
  readonly scope: Scope;
  readonly body: z.ZodType<Body>;
  /** The body of an answer; a walk answers with lines of `result`. */
  readonly answer: z.ZodType;
  readonly call: Call;
}

/** The routes of several methods. `prefix` is the store's name with a dot, or empty. */
export function routesOf<Name extends string>(
  prefix: string,
  level: Level,
  methods: Readonly<Record<Name, Method>>,
): Readonly<Record<Name, Route>> {
  const entries = Object.entries<Method>(methods).map(([name, method]) => [name, route(prefix + name, level, method)]);
  return Object.fromEntries(entries) as Record<Name, Route>;
}

function route(name: string, level: Level, method: Method): Route {
  const { kind, parameters, options, result } = method;
  const common = { ...callOptions, ...(isWrite(kind) && writeOptions) };
  const allOptions = z.strictObject({ ...options, ...common });
  const body = z.strictObject({
    ...subjects(level),
    ...parameters,
    options: described(method.needsOptions === true ? allOptions : allOptions.optional(), "How it is to be done."),
  });
  const answer = z.object({ result: result.schema });
  return {
    scope: scopeOf(kind, level),
    call: callByName(name, Object.keys(parameters)),
    ...method,
    name,
    path: `/v1/${name.replaceAll(".", "/")}`,
    level,
    body: named(`${componentName(name)}Body`, method.says, body),
    answer: kind === "walk" ? answer : named(`${componentName(name)}Answer`, method.says, answer),
    example: level === "instance" ? method.example : { tenantId: "acme", ...method.example },
  };
}

/** `MessagesCreateThread` for `messages.createThread`. */
export function componentName(name: string): string {
  return name.replaceAll(/(^|\.)([a-z])/g, (_, _dot, letter: string) => letter.toUpperCase());
}

/** Whether a method of this kind takes the options of writes. */
function isWrite(kind: Kind): boolean {
  return kind === "recorded" || kind === "write";
}

function subjects(level: Level): Shape {
  if (level === "instance") return {};
  const tenant = tenantId("The tenant. A token that is bound to one may leave it out.").optional();
  if (level === "tenant") return { tenantId: tenant };
  const user = identifier("Narrows the call to what is this user's, as a token that is bound to a user always is.");
  return { tenantId: tenant, asUserId: user.optional() };
}

function scopeOf(kind: Kind, level: Level): Scope {
  if (level === "instance") return "operator";
  return isWrite(kind) || kind === "step" ? "write" : "read";
}

/** Calls the method of this name, with the parameters of these names. */
function callByName(name: string, parameters: readonly string[]): Call {
  const path = name.split(".");
  const method = path.pop() ?? name;
  return (handle: Readonly<Record<string, unknown>>, body, options) => {
    let target: unknown = handle;
    for (const part of path) target = (target as Readonly<Record<string, unknown>>)[part];
    const args = parameters.map((parameter) => body[parameter]);
    return (target as Record<string, (...args: readonly unknown[]) => unknown>)[method]?.(...args, options);
  };
}
