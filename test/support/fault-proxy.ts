import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** What a proxy does to what a client sends. */
export type Fault =
  /** So many of the bytes reach the server, and then the connection is gone. */
  | { readonly kind: "cut"; readonly arrive: (sent: Buffer) => number }
  /** All of it reaches the server, and the connection is gone once it has answered. */
  | { readonly kind: "cut answer" }
  /** None of it reaches the server, and the client hears that the connection was reset. */
  | { readonly kind: "reset" }
  /** All of it reaches the server, and the connection is gone after so many bytes of the first piece of an answer. */
  | { readonly kind: "cut first answer"; readonly arrive: (answer: Buffer) => number }
  /** It is held until it is released. */
  | { readonly kind: "hold" }
  /** It arrives so much later. */
  | { readonly kind: "delay"; readonly ms: number };

export interface Injected {
  /** Resolves once it has happened, and the server has seen all that it will see. */
  readonly happened: Promise<void>;
  /** Lets go on what was held, and lets nothing else be held. */
  release(): void;
}

/** A proxy in front of a server that makes faults on command. */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** Does it to the next connection, or to so many, that sends all of these texts at once. */
  inject(texts: readonly (string | Buffer)[], fault: Fault, times?: number): Injected;
  /** Asks about each piece that is sent: a fault for some, until it is called again without a question. */
  injectAnywhere(choose?: (sent: Buffer) => Fault | undefined): void;
  /** New connections go to another server from now on; those to the old one are cut. */
  moveTo(serverUrl: string): void;
  /** Connections that are open. */
  readonly open: number;
}

export const cutBefore: Fault = { kind: "cut", arrive: () => 0 };
export const reset: Fault = { kind: "reset" };

interface Armed {
  readonly texts: readonly (string | Buffer)[];
  readonly fault: Fault;
  left: number;
  readonly happened: () => void;
  readonly released: Promise<void>;
}

export async function faultProxy(serverUrl: string): Promise<FaultProxy> {
  let target = new URL(serverUrl);
  let armed: Armed | undefined;
  let chooseAnywhere: ((sent: Buffer) => Fault | undefined) | undefined;
  const pairs = new Set<Pair>();

  const server = createServer((client) => {
    const pair = new Pair(client, connect(Number(target.port), target.hostname));
    pairs.add(pair);
    void pair.closed.then(() => pairs.delete(pair));
    client.on("data", (sent: Buffer) => {
      const { armed: meant, fault } = faultFor(sent);
      if (fault === undefined) pair.pass(sent);
      else void pair.doTo(sent, fault, meant?.released).then(meant?.happened);
    });
  }).listen(0, "127.0.0.1");

  function faultFor(sent: Buffer): { readonly armed?: Armed; readonly fault: Fault | undefined } {
    const found = armed;
    if (found === undefined || !found.texts.every((text) => sent.includes(text)))
      return { fault: chooseAnywhere?.(sent) };
    found.left -= 1;
    if (found.left > 0) return { fault: found.fault };
    armed = undefined;
    return { armed: found, fault: found.fault };
  }

  await once(server, "listening");
  const url = new URL(serverUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    inject(texts, fault, times = 1) {
      const happened = signalled();
      const released = signalled();
      armed = { texts, fault, left: times, happened: happened.resolve, released: released.promise };
      return { happened: happened.promise, release: released.resolve };
    },
    injectAnywhere(choose) {
      chooseAnywhere = choose;
    },
    moveTo(otherUrl) {
      target = new URL(otherUrl);
      for (const pair of pairs) pair.end();
    },
    get open() {
      return pairs.size;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const pair of pairs) pair.end();
    },
  };
}

/** A connection through the proxy. */
class Pair {
  readonly closed: Promise<unknown>;
  readonly #client: Socket;
  readonly #upstream: Socket;
  #held: Buffer[] | undefined;
  #onAnswer: (() => void) | undefined;
  #onFirstAnswer: ((chunk: Buffer) => void) | undefined;

  constructor(client: Socket, upstream: Socket) {
    this.#client = client;
    this.#upstream = upstream;
    this.closed = new Promise((resolve) => upstream.once("close", resolve));
    upstream.on("data", (chunk: Buffer) => {
      if (this.#onFirstAnswer !== undefined) this.#onFirstAnswer(chunk);
      else if (this.#onAnswer === undefined) client.write(chunk);
      // The answer to what was sent with COMMIT ends with it, and with the server being ready for more.
      else if (chunk.includes("COMMIT\0") || chunk.includes("ROLLBACK\0") || hasFailed(chunk)) this.#onAnswer();
    });
    for (const each of [client, upstream]) {
      each.on("error", () => this.end());
      each.on("close", () => this.end());
    }
  }

  pass(sent: Buffer): void {
    if (this.#held !== undefined) this.#held.push(sent);
    else this.#upstream.write(sent);
  }

  async doTo(sent: Buffer, fault: Fault, released: Promise<void> | undefined): Promise<void> {
    if (fault.kind === "hold" || fault.kind === "delay") {
      if (this.#held !== undefined) return this.pass(sent);
      this.#held = [sent];
      if (fault.kind === "delay") setTimeout(() => this.#letGo(), fault.ms);
      else void released?.then(() => this.#letGo());
    } else if (fault.kind === "cut") {
      // Ended, not destroyed: else what was written may be lost as well.
      this.#upstream.end(sent.subarray(0, fault.arrive(sent)));
      this.#client.destroy();
      await this.closed;
    } else if (fault.kind === "reset") {
      this.#client.resetAndDestroy();
      await this.closed;
    } else if (fault.kind === "cut first answer") {
      const answered = signalled();
      this.#onFirstAnswer = (chunk) => {
        this.#client.end(chunk.subarray(0, fault.arrive(chunk)));
        this.#upstream.destroy();
        answered.resolve();
      };
      this.#upstream.write(sent);
      await answered.promise;
    } else {
      const answered = signalled();
      this.#onAnswer = answered.resolve;
      this.#upstream.write(sent);
      await Promise.race([answered.promise, this.closed]);
      this.end();
    }
  }

  #letGo(): void {
    if (!this.#upstream.destroyed) for (const each of this.#held ?? []) this.#upstream.write(each);
    this.#held = undefined;
  }

  end(): void {
    this.#client.destroy();
    if (!this.#upstream.writableEnded) this.#upstream.destroy();
  }
}

/** Whether an answer ends with a transaction that has failed, whose COMMIT was not run; or is nothing but an error. */
function hasFailed(answer: Buffer): boolean {
  return answer.subarray(-readyInFailed.length).equals(readyInFailed) || answer[0] === errorMessage;
}

const readyInFailed = Buffer.from("Z\0\0\0\u0005E", "latin1");
const errorMessage = "E".charCodeAt(0);

function signalled(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((resolved) => {
    resolve = resolved;
  });
  return { promise, resolve };
}
