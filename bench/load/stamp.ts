/** What every message and event says of itself, so that it shows wherever it turns up. */
export interface Stamp {
  readonly tenant: string;
  readonly thread: string;
  /** The process that wrote it. */
  readonly writer: string;
  /** The number of the write: that process's, in that thread, from 1. */
  readonly n: number;
  /** Its place among the messages or events of that write, from 0, and how many there are. */
  readonly index: number;
  readonly of: number;
  /** When the write began, in milliseconds since the epoch. */
  readonly at: number;
}

/** Where something was found: a thread of a tenant. */
export interface Place {
  readonly tenant: string;
  readonly thread: string;
}

/** The stamp in what was read; `undefined` where there is none. */
export function stampIn(value: unknown): Stamp | undefined {
  const { tenant, thread, writer, n, index, of, at } = (value ?? {}) as Partial<Stamp>;
  const isStamp =
    typeof tenant === "string" &&
    typeof thread === "string" &&
    typeof writer === "string" &&
    [n, index, of, at].every((number) => Number.isSafeInteger(number));
  return isStamp ? ({ tenant, thread, writer, n, index, of, at } as Stamp) : undefined;
}

export function isFrom({ tenant, thread }: Stamp, place: Place): boolean {
  return tenant === place.tenant && thread === place.thread;
}

export function placeText({ tenant, thread }: Place): string {
  return `${tenant}, ${thread}`;
}
