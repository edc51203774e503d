import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerOptions, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { HttpBindings } from "@hono/node-server";
import { HoldfastError } from "../contract/index.js";
import { withStatus } from "../wire/errors.js";
import { Exchanges } from "./node/exchanges.js";
import { listeningError } from "./node/listening-error.js";
import { errorResponse, refuseConnection, refuseRequest, refuseSocket } from "./node/malformed.js";

export interface ServeOptions {
  /** 4040 by default; 0 takes any that is free. */
  readonly port?: number | undefined;
  /** Where it listens: only this machine (`"127.0.0.1"`) by default. */
  readonly hostname?: string | undefined;
  /** How long the headers of a request may take to come; 10 seconds by default. */
  readonly headersTimeoutMs?: number | undefined;
  /** How long a whole request may take to come; a minute by default. Then it is answered with 408. */
  readonly requestTimeoutMs?: number | undefined;
  /** How long a connection is kept for another request; 65 seconds by default, longer than most proxies keep theirs. */
  readonly keepAliveTimeoutMs?: number | undefined;
  /** How long a client may leave what is sent to it unread; 30 seconds by default. Then its connection is cut. */
  readonly stalledTimeoutMs?: number | undefined;
  /** Bytes of a request's URL and headers at most; 16 KiB by default. */
  readonly maxHeaderBytes?: number | undefined;
  /** Connections at once at most; 10,000 by default. Further ones are closed. */
  readonly maxConnections?: number | undefined;
  /** Called when `close` begins. Has `/readyz` answer 503, and ends streams, which would not end by themselves. */
  readonly onClosing?: (() => void) | undefined;
  /** Hears what the handler threw, and of errors of the socket that listens. Standard error, by default. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /**
   * Lets `Request` and `Response` be replaced, in the whole process, by ones that cost less on Node; false by default. For a
   * process that does nothing but serve.
   */
  readonly replaceGlobals?: boolean | undefined;
}

export interface CloseOptions {
  /** How long requests under way may take to end; 10 seconds by default. Then their connections are cut. */
  readonly graceMs?: number | undefined;
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:4040`. */
  readonly url: string;
  readonly port: number;
  /** Takes no more connections, lets requests under way end, and resolves once every connection is closed. */
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Serves `handler` over HTTP/1.1 on Node, and resolves once it listens. It also gets Node's own request and response, as Hono's
 * `env`: for the client's address.
 *
 * Bounded, whatever clients do: what comes too slowly, is too long or is no HTTP is refused and closed; an answer goes out as
 * fast as it is read, and no faster; a client that goes away aborts `request.signal`. Rejects with `UNAVAILABLE` where the port
 * is taken, with `FORBIDDEN` where it may not be had, with `INVALID_ARGUMENT` where `hostname` is none of this machine.
 */
export async function serve(
  handler: (request: Request, connection: HttpBindings) => Response | Promise<Response>,
  options: ServeOptions = {},
): Promise<RunningServer> {
  const { port = 4040, hostname = "127.0.0.1", onError = console.error } = options;
  let isClosing = false;
  const exchanges = new Exchanges((socket) => isClosing && socket.destroySoon());
  const listener = getRequestListener(async (request, connection) => handler(request, connection as HttpBindings), {
    hostname,
    overrideGlobalObjects: options.replaceGlobals ?? false,
    errorHandler: (error) => answerThrown(error, onError),
  });
  const server = createServer(httpOptions(options), (request, response) => {
    exchanges.begin(request, response);
    if (isClosing) response.setHeader("Connection", "close");
    if (request.headers.host === undefined && request.httpVersion === "1.1") refuseRequest(response, noHost());
    else void listener(request, response);
  });
  server.maxConnections = options.maxConnections ?? 10_000;
  server.on("connection", (socket) => exchanges.connected(socket));
  refuseTheRest(server, exchanges);
  cutStalled(server, exchanges, options.stalledTimeoutMs ?? 30_000);
  await listen(server, port, hostname);
  server.on("error", onError);

  let closed: Promise<void> | undefined;
  const close = async (graceMs: number): Promise<void> => {
    isClosing = true;
    options.onClosing?.();
    await closeGently(server, exchanges, graceMs);
  };
  const address = server.address() as AddressInfo;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    close: ({ graceMs = 10_000 } = {}) => (closed ??= close(graceMs)),
  };
}

function httpOptions(options: ServeOptions): ServerOptions {
  const { headersTimeoutMs = 10_000, requestTimeoutMs = 60_000, keepAliveTimeoutMs = 65_000 } = options;
  const headersTimeout = Math.min(headersTimeoutMs, requestTimeoutMs);
  return {
    headersTimeout,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // Node looks for late requests so often.
    connectionsCheckingInterval: Math.min(1000, Math.ceil(headersTimeout / 4)),
    maxHeaderSize: options.maxHeaderBytes ?? 16_384,
    // Node would answer without a body.
    requireHostHeader: false,
  };
}

function answerThrown(error: unknown, onError: (error: unknown) => void): Response {
  if (error instanceof RequestError)
    return errorResponse(new HoldfastError("INVALID_ARGUMENT", `the request is malformed: ${error.message}.`));
  onError(error);
  return errorResponse(new HoldfastError("INTERNAL", "the server failed at this request."));
}

function noHost(): HoldfastError {
  return new HoldfastError("INVALID_ARGUMENT", "the request has no Host header.");
}

/** What Node would close without a word, or let through: an error's body says why. */
function refuseTheRest(server: Server, exchanges: Exchanges): void {
  server.on("clientError", (fault, socket) => void refuseConnection(fault, socket as Socket, exchanges));
  server.on("connect", (_request: IncomingMessage, socket) => {
    refuseSocket(socket as Socket, withStatus(new HoldfastError("INVALID_ARGUMENT", "this server is no proxy."), 405));
  });
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    exchanges.begin(request, response);
    refuseRequest(response, withStatus(new HoldfastError("INVALID_ARGUMENT", "this server cannot meet Expect."), 417));
  });
}

/** Cuts connections on which something waits to be sent, and nothing of it could be for so long. */
function cutStalled(server: Server, exchanges: Exchanges, stalledTimeoutMs: number): void {
  // Node tells it apart from a connection that is only quiet, and from one that takes it slowly, as long as it takes any.
  server.setTimeout(stalledTimeoutMs, (socket) => {
    if (socket.writableLength > 0 || exchanges.of(socket).length === 0) socket.destroy();
  });
}

async function listen(server: Server, port: number, hostname: string): Promise<void> {
  server.listen(port, hostname);
  try {
    await once(server, "listening");
  } catch (error) {
    throw listeningError(error as NodeJS.ErrnoException, port, hostname);
  }
}

async function closeGently(server: Server, exchanges: Exchanges, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
  for (const socket of exchanges.sockets()) {
    const open = exchanges.of(socket);
    if (open.length === 0) socket.destroySoon();
    for (const { response } of open) if (!response.headersSent) response.setHeader("Connection", "close");
  }
  const grace = setTimeout(() => {
    for (const socket of exchanges.sockets()) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(grace);
}
