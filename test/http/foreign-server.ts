import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a request is answered. */
export type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** A server that is no Holdfast server, or not always one. */
export interface ForeignServer extends AsyncDisposable {
  readonly url: string;
  /** Requests so far, by the header `authorization` that they had. */
  readonly heard: (string | undefined)[];
}

export async function foreignServer(respond: Respond): Promise<ForeignServer> {
  const heard: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers.authorization);
    request.resume().on("end", () => respond(request, response));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Answers as a Holdfast server where a client opens it, and else as `respond` says. */
export function afterOpening(respond: Respond): Respond {
  return (request, response) => {
    if (request.url?.endsWith("/v1/info") !== true) return respond(request, response);
    const info = { name: "memory", schemaVersion: 1, compatibleSince: 1, maxValueBytes: 1_048_576 };
    return sendJson(response, 200, { result: info });
  };
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

export function sendText(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { "content-type": type }).end(text);
}
