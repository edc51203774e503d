import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** A request, from the end of its headers to the end of its answer or of its connection. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** The open connections of a server, and what is under way on each. */
export class Exchanges {
  readonly #bySocket = new Map<Socket, Set<Exchange>>();
  /** Called with a connection whenever nothing is under way on it any more. */
  readonly #onIdle: (socket: Socket) => void;

  constructor(onIdle: (socket: Socket) => void) {
    this.#onIdle = onIdle;
  }

  connected(socket: Socket): void {
    this.#bySocket.set(socket, new Set());
    // Answers that wait behind another one of their connection do not hear of its end.
    socket.once("close", () => this.#bySocket.delete(socket));
  }

  begin(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const exchange = { request, response };
    this.#bySocket.get(socket)?.add(exchange);
    response.once("close", () => {
      const under = this.#bySocket.get(socket);
      if (under?.delete(exchange) === true && under.size === 0) this.#onIdle(socket);
    });
  }

  /** What is under way on a connection, in the order in which it is answered. */
  of(socket: Socket): readonly Exchange[] {
    return [...(this.#bySocket.get(socket) ?? [])];
  }

  sockets(): readonly Socket[] {
    return [...this.#bySocket.keys()];
  }
}
