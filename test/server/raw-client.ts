import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";

/** A client that sends bytes as they are, and shows what came back. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  #received = "";

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => (this.#received += chunk.toString("latin1")));
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawClient(socket);
  }

  /** All that has come so far. */
  get received(): string {
    return this.#received;
  }

  /** Begins anew to collect what comes. */
  forget(): void {
    this.#received = "";
  }

  send(text: string | Uint8Array): this {
    this.socket.write(text);
    return this;
  }

  /** Waits until what came back matches. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#received)) {
      if (this.socket.readableEnded || this.socket.destroyed)
        throw new Error(`the connection ended without ${pattern}: ${JSON.stringify(this.#received)}`);
      await new Promise<void>((resolve) => {
        this.socket.once("data", () => resolve());
        this.socket.once("close", () => resolve());
      });
    }
    return this.#received;
  }

  /** All that came back, once the server has closed the connection. */
  async ended(): Promise<string> {
    // Whether it was reset or ended does not matter here.
    if (!this.socket.closed) await new Promise<void>((resolve) => this.socket.once("close", () => resolve()));
    return this.#received;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The answers in what came back, each with a Content-Length and a body of JSON. */
export function answersIn(received: string): readonly Answer[] {
  const answers: Answer[] = [];
  for (let rest = received; rest !== "";) {
    const head = /^[\s\S]*?\r\n\r\n/.exec(rest)?.[0] ?? "";
    const [, status] = /^HTTP\/1\.1 (\d+) /.exec(head) ?? [];
    const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(head) ?? [];
    if (status === undefined || length === undefined) throw new Error(`no answer of HTTP/1.1: ${JSON.stringify(rest)}`);
    const end = head.length + Number(length);
    answers.push({ status: Number(status), body: JSON.parse(rest.slice(head.length, end)) as unknown });
    rest = rest.slice(end);
  }
  return answers;
}
