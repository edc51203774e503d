/** Every kind of call, with its share of those that are made at the rate. What has none is made or measured otherwise. */
const shares = {
  /** A turn of a conversation in one write: 2 messages, 3 events, a snapshot of the state, 2 entries. */
  turn: 0.38,
  /** The same turn once more, with its `operationId`: as one does who heard no answer. */
  repeat: 0.02,
  /** 1 to 3 events for a log of the tenant that all processes write to. */
  append: 0.14,
  /** What a model call needs, from one snapshot: the last 20 messages, the state, the entries. */
  context: 0.36,
  /** A tail that is resumed up to 10 events back, up to what was the head. */
  tail: 0.08,
  /** Older entries of a log to the cold tier. */
  archive: 0.015,
  /** A user with all that is theirs. Another one comes in their place. */
  erase: 0.005,
  /** Of the whole store, every five seconds, by one process. */
  sweep: 0,
  /** From the beginning of a write to an event's arrival in a tail that is open all the time. */
  delivery: 0,
} as const;

export type Kind = keyof typeof shares;

export const kinds = Object.keys(shares) as readonly Kind[];

/** What is due next, by the shares. */
export function kindOf(random: number): Kind {
  let left = random;
  for (const kind of kinds) {
    left -= shares[kind];
    if (left < 0) return kind;
  }
  return "turn";
}
