import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { STATUS_CODES } from "node:http";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { HoldfastError } from "../../contract/index.js";
import { statusOf, toErrorBody, withStatus } from "../../wire/errors.js";
import type { Exchanges } from "./exchanges.js";

/** Answers for what is no request that a handler could get, with the body of an error like any other. */

/** Refuses a connection on which something came that is not HTTP, or did not come in time, and closes it. */
export async function refuseConnection(fault: Error, socket: Socket, exchanges: Exchanges): Promise<void> {
  // Whatever else comes on it is as meaningless as what was refused.
  if (refused.has(socket)) return;
  refused.add(socket);
  const open = exchanges.of(socket);
  const broken = open.find(({ request }) => !request.complete);
  // What came whole before is answered first: a client takes answers in the order of its requests.
  for (const { response } of open.filter(({ request }) => request.complete)) {
    if (!response.closed && !socket.destroyed) await Promise.race([once(response, "close"), once(socket, "close")]);
  }
  if (!socket.writable || broken?.response.headersSent === true || isLost(fault)) socket.destroy();
  else refuseSocket(socket, refusalOf(fault));
}

const refused = new WeakSet<Socket>();

/** Writes the answer to a connection that has no response of its own, and closes it. */
export function refuseSocket(socket: Socket, error: HoldfastError): void {
  const status = statusOf(error);
  const { body, headers } = answerTo(error);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
  // What the client still sends is read for a while: closing on unread data would take back the answer.
  const linger = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once("close", () => clearTimeout(linger));
}

const lingerMs = 500;

export function refuseRequest(response: ServerResponse, error: HoldfastError): void {
  const { body, headers } = answerTo(error);
  response.writeHead(statusOf(error), headers).end(body);
}

/** Answers an error that the handler threw, or that came up before it was called: it has no answer for these itself. */
export function errorResponse(error: HoldfastError): Response {
  return Response.json(toErrorBody(error, randomUUID()), { status: statusOf(error) });
}

function answerTo(error: HoldfastError): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  const body = JSON.stringify(toErrorBody(error, randomUUID()));
  const length = String(Buffer.byteLength(body));
  return { body, headers: { "Content-Type": "application/json", "Content-Length": length, Connection: "close" } };
}

function isLost(fault: Error): boolean {
  return ["ECONNRESET", "EPIPE"].includes((fault as NodeJS.ErrnoException).code ?? "");
}

function refusalOf(fault: Error): HoldfastError {
  switch ((fault as NodeJS.ErrnoException).code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return withStatus(new HoldfastError("INVALID_ARGUMENT", "the request came too slowly, and was given up."), 408);
    case "HPE_HEADER_OVERFLOW":
      return withStatus(new HoldfastError("INVALID_ARGUMENT", "the URL and headers of the request are too long."), 431);
    default:
      return new HoldfastError("INVALID_ARGUMENT", "what came is not a request of HTTP/1.1.");
  }
}
