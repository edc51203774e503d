export interface PostgresOptions {
  /**
   * Settings of the server besides the defaults: a TCP port of 127.0.0.1 and a socket, no passwords, 300 connections, UTC.
   * `{ fsync: "off" }` where nothing is to survive, `{ wal_level: "logical" }`.
   */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Environment variables for the server, added to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where to make the folder of the data, if not in the temporary folder. */
  readonly dataIn?: string;
  /** Puts the data of a server into the folder given, instead of those of a new one. */
  readonly fill?: (data: string) => Promise<void>;
}

export interface PostgresServer extends AsyncDisposable {
  /** Of the database `postgres`, for a superuser, over TCP. */
  readonly url: string;
  /** Resolves once the server has ended and its folder is gone. A server that was there before is left alone. */
  stop(): Promise<void>;
}

export interface ThrowawayPostgres extends PostgresServer {
  /** The same as `url`, over the socket. */
  readonly socketUrl: string;
  /** The server's process, which is not a child of this one. Another one after `restart`. */
  readonly pid: number;
  /** Kills the server without a warning. It stays where it is until it is started again, or stopped. */
  kill(): Promise<void>;
  /** Starts it again after that, and resolves once it accepts connections. */
  restart(): Promise<void>;
  /** Of its socket and its log. */
  readonly folder: string;
  readonly data: string;
}

/**
 * Starts a Postgres of its own, from the programs that npm installed, and resolves once it accepts connections.
 *
 * It ends with this process, however that ends, and leaves nothing behind. Run by root, it runs as `nobody`.
 */
export function startPostgres(options?: PostgresOptions): Promise<ThrowawayPostgres>;

/** The server at HOLDFAST_TEST_POSTGRES_URL, a superuser's URL, where that is set; else one of its own. */
export function testPostgres(options?: PostgresOptions): Promise<PostgresServer>;
