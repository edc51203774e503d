import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { describe, expect, it } from "vitest";
import { seed } from "../faults/faults-run.js";
import { Ledger } from "../faults/ledger.js";
import { collect } from "../support/collect.js";
import { freshDatabase } from "../support/postgres.js";
import { seededRandom } from "../support/seeded-random.js";
import { temporaryFile } from "../support/temporary-file.js";
import { startServerProcess } from "./server-process.js";

/** How often each server is killed. */
const kills = Number(process.env["HOLDFAST_FAULTS_ROUNDS"] ?? 5);

/** Writes that are acknowledged before each kill, at most. */
const mostWrites = 200;

interface Place extends AsyncDisposable {
  readonly url: string;
}

const places: readonly { readonly name: string; make(): Promise<Place> }[] = [
  { name: "sqlite", make: temporaryFile },
  {
    name: "postgres",
    async make() {
      const database = await freshDatabase({ canCreateRoles: true });
      const url = `${database.ownerUrl}?role=${database.name}_app`;
      await (await open(url, { migrate: true, sweep: false })).close();
      return { url, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
    },
  },
];

describe.each(places)("a server on $name", ({ make }) => {
  it(
    `that is killed and started again loses nothing and doubles nothing (HOLDFAST_FAULTS_SEED=${seed})`,
    { timeout: 60_000 + kills * 20_000 },
    async () => {
      await using place = await make();
      await using server = await startServerProcess(place.url);
      await using db = await open(server.url, { retryForMs: 60_000 });
      const ledger = new Ledger({ seed, stores: [db], clientsOfEach: 16 });
      const readers = startReaders(db);
      const random = seededRandom(seed);
      for (let kill = 0; kill < kills; kill++) {
        await ledger.more(1 + Math.floor(random() * mostWrites));
        await server.restart("SIGKILL");
      }
      await ledger.more(mostWrites);
      const { stored, unknown } = await ledger.end();
      // Those with a deadline, which was over before the server was back.
      expect(unknown).toBeGreaterThan(0);
      expect(stored).toBeGreaterThan(mostWrites);
      await readers.end();
      await ledger.check(db);
    },
  );

  it("that is restarted gently fails nobody's call", { timeout: 120_000 }, async () => {
    await using place = await make();
    await using server = await startServerProcess(place.url);
    await using db = await open(server.url, { retryForMs: 60_000 });
    const writers = startWriters(db, 16);
    const readers = startReaders(db);
    for (let restart = 0; restart < 2; restart++) {
      await writers.more(200);
      await server.restart("SIGTERM");
    }
    await writers.more(200);
    const written = await writers.end();
    await readers.end();
    const entries = await collect(db.tenant("acme").log.loadSince("notes", 0));
    expect(entries.map(({ ordinal }) => ordinal)).toEqual(entries.map((_, index) => index + 1));
    expect(entries.map(({ event }) => (event as unknown as { note: string }).note).toSorted()).toEqual(
      written.toSorted(),
    );
  });
});

interface Running<T> {
  /** Ends it once the call under way has ended. Rejects where one failed. */
  end(): Promise<T>;
}

interface Writers extends Running<readonly string[]> {
  /** Resolves once so many more were acknowledged. */
  more(count: number): Promise<void>;
}

/** Callers that write notes without a pause, every other one with an `operationId`; `end` gives those that were acknowledged. */
function startWriters(db: Holdfast, callers: number): Writers {
  const written: string[] = [];
  const over = new AbortController();
  let wanted = 0;
  let enough = (): void => {};
  const running = Array.from({ length: callers }, async (_, caller) => {
    for (let number = 0; !over.signal.aborted; number++) {
      const note = `${caller}.${number}`;
      const options = number % 2 === 0 ? {} : { operationId: note };
      await db.tenant("acme").log.append("notes", [{ kind: "note", note }], options);
      written.push(note);
      if (written.length >= wanted) enough();
    }
  });
  const all = Promise.all(running);
  all.catch(() => undefined);
  return {
    async more(count) {
      wanted = written.length + count;
      await Promise.race([new Promise<void>((resolve) => (enough = resolve)), all]);
    },
    async end() {
      over.abort();
      await all;
      return written;
    },
  };
}

/** Callers that read without a pause, and what they read may never go back. */
function startReaders(db: Holdfast): Running<void> {
  const over = new AbortController();
  const running = Array.from({ length: 4 }, async () => {
    for (let seen = 0; !over.signal.aborted;) {
      const { head } = await db.tenant("acme").log.head("notes");
      expect(head).toBeGreaterThanOrEqual(seen);
      seen = head;
    }
  });
  const all = Promise.all(running);
  all.catch(() => undefined);
  return {
    async end() {
      over.abort();
      await all;
    },
  };
}
