import type { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";

/** What is used of a client of `pg` to cancel what runs for it. */
export interface PgCancellable {
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly host: string;
  readonly port: number;
  readonly ssl: unknown;
  readonly sslNegotiation?: string;
  readonly connection: PgWire;
}

/** The connection inside of a client. */
interface PgWire extends EventEmitter {
  readonly stream: Duplex;
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processID: number, secretKey: number): void;
}

/** So long may what was cancelled take to end: then its connection is closed, as a network that is gone answers nothing. */
const patienceMs = 5_000;

/** A request that arrives before what it is to cancel has begun is lost: so it is made again after so long. */
const againMs = 250;

/** Asks a server, on connections of its own, to give up what it runs for a client of `pg`. */
export class PgCancellation {
  /** Whether the server has taken it. Until then, it may hit whatever runs for the client by the time it arrives. */
  readonly isTaken: Promise<boolean>;
  readonly #client: PgCancellable;
  readonly #patience: NodeJS.Timeout;
  readonly #again: NodeJS.Timeout;
  readonly #underWay = new Set<PgWire>();

  constructor(client: PgCancellable) {
    this.#client = client;
    this.isTaken = this.#ask();
    this.#again = setInterval(() => void this.#ask(), againMs);
    this.#patience = setTimeout(() => {
      for (const wire of this.#underWay) wire.stream.destroy(new Error("The request to cancel was not taken in time."));
      client.connection.stream.destroy();
    }, patienceMs);
  }

  /** What was cancelled has come to an end. Whether nothing is under way that may hit what the client runs next. */
  end(): boolean {
    clearTimeout(this.#patience);
    clearInterval(this.#again);
    return this.#underWay.size === 0;
  }

  #ask(): Promise<boolean> {
    const wire = ask(this.#client);
    this.#underWay.add(wire);
    return new Promise((resolve) => {
      const ended = (isTaken: boolean): void => {
        this.#underWay.delete(wire);
        resolve(isTaken);
      };
      // A server answers with nothing but the end of the connection, once it has passed the request on.
      wire.once("end", () => ended(true));
      wire.once("error", () => ended(false));
    });
  }
}

/** The client, where it is one of `pg` itself; one that is wrapped or native cannot be cancelled. */
export function cancellableOf(client: object): PgCancellable | undefined {
  const { processID, secretKey, connection } = client as Partial<PgCancellable>;
  if (typeof processID !== "number" || typeof secretKey !== "number") return undefined;
  return typeof connection?.cancel === "function" ? (client as PgCancellable) : undefined;
}

function ask({ connection, host, port, ssl, sslNegotiation, processID, secretKey }: PgCancellable): PgWire {
  const Wire = connection.constructor as new (config: object) => PgWire;
  const wire = new Wire({ ssl, sslNegotiation });
  const cancel = (): void => wire.cancel(processID ?? 0, secretKey ?? 0);
  wire.on("error", () => {});
  if (!ssl) wire.once("connect", cancel);
  else wire.once("sslconnect", cancel);
  if (ssl && sslNegotiation !== "direct") wire.once("connect", () => wire.requestSsl());
  if (host.startsWith("/")) wire.connect(`${host}/.s.PGSQL.${port}`);
  else wire.connect(port, host);
  return wire;
}
