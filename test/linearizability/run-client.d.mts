import type { Tenant } from "holdfast";

/** One operation of a client, on an object that is named by the model that goes with it, and a name. */
export interface Command {
  readonly object: string;
  readonly do: string;
  /** Passes the revision, head or token that the client last saw of this object as the expected one. */
  readonly expects?: "revision" | "head" | "token";
  readonly [argument: string]: unknown;
}

/** What a client writes down: each call as it begins; and its answer, or how it failed. */
export interface Note {
  readonly id: string;
  /** Nanoseconds. */
  readonly at: number;
  readonly object?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly output?: Readonly<Record<string, unknown>>;
  readonly code?: string;
  readonly outcome?: string;
}

/** Runs the commands of one client one after the other, and notes each call and each return. Times count from `origin`. */
export function runClient(
  tenant: Tenant,
  client: string,
  commands: readonly Command[],
  origin: bigint,
  note: (note: Note) => void,
): Promise<void>;
