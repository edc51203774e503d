import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { httpStatus } from "holdfast";
import type { ErrorCode, Holdfast } from "holdfast";
import { createHandler } from "holdfast/server";
import { collect } from "../../support/collect.js";
import type { Engine } from "../../support/engines.js";
import { operator } from "../serve.js";
import type { Schema } from "./schema.js";

export const maxBodyBytes = 300_000;

/** A served store with some data, and what is asked of every answer. */
export interface Target extends AsyncDisposable {
  readonly db: Holdfast;
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, Schema>>;
  send(path: string, init: RequestInit): Promise<Answered>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answered>;
  /** Everything that is stored, over all tenants. */
  stored(): Promise<string>;
}

export interface Answered {
  readonly status: number;
  readonly text: string;
  /** What is wrong with it, whatever the request was; `undefined` where nothing is. */
  readonly problem: string | undefined;
}

/** An operation of the document that takes a body. */
export interface Operation {
  readonly operationId: string;
  readonly path: string;
  readonly schema: Schema;
  readonly example: Readonly<Record<string, unknown>>;
}

export async function openTarget(engine: Engine): Promise<Target> {
  const store = await engine.openTemporary();
  const backups = await mkdtemp(join(tmpdir(), "holdfast-fuzz-"));
  const { db } = store;
  const handle = createHandler(db, { authenticate: () => operator, maxBodyBytes, backups });
  const send = async (path: string, init: RequestInit): Promise<Answered> =>
    answered(await handle(new Request(`http://holdfast.test${path}`, init)));
  const post: Target["post"] = (path, body, headers = { "Content-Type": "application/json" }) =>
    send(path, { method: "POST", headers, body: body as string, duplex: "half" });
  const document = JSON.parse((await send("/openapi.json", {})).text) as OpenApi;
  const operations = Object.entries(document.paths).flatMap(([path, { post: operation }]) => {
    if (operation === undefined) return [];
    const { operationId, requestBody } = operation;
    return [{ operationId, path, ...requestBody.content["application/json"] }];
  });
  for (const { operationId, path, example } of operations) {
    if (!/^(backup|eraseTenant|eraseUser)$/.test(operationId)) await post(path, JSON.stringify(example));
  }
  return {
    db,
    operations: operations.filter(({ operationId }) => engine.name === "sqlite" || operationId !== "backup"),
    schemas: document.components.schemas,
    send,
    post,
    stored: () => dumpOf(db),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(backups, { recursive: true });
    },
  };
}

async function dumpOf(db: Holdfast): Promise<string> {
  const { bytes: _, ...counts } = await db.stats();
  const tenants = await collect(db.listTenants());
  const dumps = await Promise.all(tenants.map((id) => collect(db.tenant(id).export())));
  return JSON.stringify([counts, await collect(db.tokens.list()), tenants, dumps]);
}

async function answered(response: Response): Promise<Answered> {
  const { status, headers } = response;
  if (headers.get("Content-Type") === "text/event-stream") {
    await response.body?.cancel();
    return { status, text: "", problem: undefined };
  }
  const text = await response.text();
  return { status, text, problem: status === 200 ? undefined : problemOf(status, text, headers) };
}

/** What must be in no answer: stacks, files of ours, words of drivers. */
const leaks =
  /\n\s+at |node_modules|\.[jt]s:\d|dist\/|holdfast-fuzz|holdfast-kit|SQLITE|libsql|better-sqlite|pg_catalog|Cannot read prop|is not a function|ZodError|SyntaxError|TypeError/;

function problemOf(status: number, text: string, headers: Headers): string | undefined {
  const { error, ...rest } = JSON.parse(text) as { readonly error: Readonly<Record<string, unknown>> };
  const { code, message, requestId, details, retryable, outcome, operationIndex, ...others } = error;
  const isWhole =
    Object.hasOwn(httpStatus, String(code)) &&
    typeof message === "string" &&
    message !== "" &&
    requestId === headers.get("X-Request-Id") &&
    typeof details === "object" &&
    typeof retryable === "boolean" &&
    (outcome === undefined || outcome === "none" || outcome === "unknown") &&
    (operationIndex === undefined || Number.isInteger(operationIndex));
  if (!isWhole || Object.keys({ ...rest, ...others }).length > 0) return `not the body of an error: ${text}`;
  const own = httpStatus[code as ErrorCode];
  if (own !== status && !(code === "INVALID_ARGUMENT" && [405, 408, 415, 417, 431].includes(status))) {
    return `status ${status} with ${String(code)}`;
  }
  return leaks.test(text) ? `says too much: ${text}` : undefined;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, { readonly post?: PostOperation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface PostOperation {
  readonly operationId: string;
  readonly requestBody: { readonly content: { readonly "application/json": Pick<Operation, "schema" | "example"> } };
}
