/** What came with one event, or one comment, of a stream. */
export interface Received {
  readonly id?: number;
  readonly event?: string;
  /** The JSON of its data. */
  readonly data?: unknown;
  readonly comment?: string;
}

/** Reads Server-Sent Events piece by piece, as they came: comments and all. */
export class EventReader implements AsyncDisposable {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = "";

  constructor(response: Response) {
    if (response.status !== 200) throw new Error(`Answered ${response.status}.`);
    this.#reader = response.body!.getReader();
  }

  /** The next piece; `undefined` at the end of the stream. */
  async next(): Promise<Received | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n\n");
      if (end >= 0) {
        const piece = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return received(piece);
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  /** The next events, so many, without comments. */
  async events(count: number): Promise<readonly Received[]> {
    const events: Received[] = [];
    while (events.length < count) {
      const piece = await this.next();
      if (piece === undefined) throw new Error(`The stream ended after ${events.length} of ${count} events.`);
      if (piece.comment === undefined) events.push(piece);
    }
    return events;
  }

  async ids(count: number): Promise<readonly (number | undefined)[]> {
    return (await this.events(count)).map(({ id }) => id);
  }

  /** The rest of the stream, without comments, once it has ended. */
  async rest(): Promise<readonly Received[]> {
    const events: Received[] = [];
    for (let piece = await this.next(); piece !== undefined; piece = await this.next()) {
      if (piece.comment === undefined) events.push(piece);
    }
    return events;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }
}

function received(piece: string): Received {
  if (piece.startsWith(":")) return { comment: piece.slice(1).trim() };
  const fields = Object.fromEntries(piece.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
  const { id, event, data } = fields as Record<string, string | undefined>;
  return {
    ...(id !== undefined && { id: Number(id) }),
    ...(event !== undefined && { event }),
    ...(data !== undefined && { data: JSON.parse(data) as unknown }),
  };
}
