import { createHandler } from "holdfast/server";
import type { HandlerOptions, Principal } from "holdfast/server";
import type { Holdfast } from "holdfast";
import { engines } from "../support/engines.js";
import type { Engine } from "../support/engines.js";

/** Those that every test of routes runs on. */
export const servedEngines: readonly Engine[] = engines.filter(({ name }) => name !== "postgres");

export const operator: Principal = { id: "operator-1", scopes: ["operator"] };

/** What a server answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body's JSON; its text where it is none. */
  readonly body: unknown;
}

/** What a request has besides its body. Its headers are added to `Content-Type: application/json`, or replace it. */
export interface Init extends RequestInit {
  readonly headers?: Readonly<Record<string, string>>;
}

export type Post = (path: string, body?: unknown, init?: Init) => Promise<Answer>;

/** A way to post bodies to a server on `db`, as one principal. A body that is a string, bytes or a stream is sent as it is. */
export function serve(db: Holdfast, principal: Principal = operator, options: HandlerOptions = {}): Post {
  const handle = createHandler(db, { authenticate: () => principal, ...options });
  return async (path, body = {}, init = {}) => {
    const request = new Request(`http://holdfast.test${path}`, {
      method: "POST",
      body: isSentAsItIs(body) ? body : JSON.stringify(body),
      duplex: "half",
      ...init,
      headers: { "Content-Type": "application/json", ...init.headers },
    });
    return read(await handle(request));
  };
}

export async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: parsed(text) };
}

function isSentAsItIs(body: unknown): body is string | Uint8Array | ReadableStream {
  return typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The `result` of an answer that has to be a success. */
export async function resultOf(answering: Promise<Answer>): Promise<unknown> {
  const { status, body } = await answering;
  if (status !== 200) throw new Error(`Answered ${status}: ${JSON.stringify(body)}`);
  return (body as { readonly result?: unknown }).result;
}

/** The error of an answer that has to be one. */
export async function errorOf(answering: Promise<Answer>): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await answering;
  if (status === 200) throw new Error(`Answered 200: ${JSON.stringify(body)}`);
  return (body as { readonly error: Readonly<Record<string, unknown>> }).error;
}
