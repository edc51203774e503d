import { open } from "holdfast";
import type { KvEntry, Message, OpenEvent, SessionEvent, Tenant } from "holdfast";
import { expectTypeOf } from "vitest";

/** What `open<App>()` types, and what it leaves open without it. */

interface Labels {
  readonly channel: "web" | "mail";
}

interface Profile {
  readonly openOrders: number;
}

interface Step {
  readonly kind: "step";
  readonly name: string;
}

type App = { metadata: Labels; state: Profile; event: Step; kv: Profile };

const db = await open<App>("memory:");
const acme = db.tenant("acme");
const plain = (await open("memory:")).tenant("acme");

// Metadata of threads and messages.
expectTypeOf(
  (await acme.messages.createThread({ userId: "u", metadata: { channel: "web" } })).metadata,
).toEqualTypeOf<Labels>();
expectTypeOf((await acme.messages.listMessages("t")).items).toEqualTypeOf<readonly Message<App>[]>();
// @ts-expect-error: no such channel
void acme.messages.createThread({ userId: "u", metadata: { channel: "fax" } });
// @ts-expect-error: metadata without its channel
void acme.messages.updateMessage("m", { metadata: {} });

// The data of state snapshots.
expectTypeOf((await acme.state.getLatest("u"))?.data).toEqualTypeOf<Profile | undefined>();
void acme.state.upsertLatest("u", (current) => {
  expectTypeOf(current?.data?.openOrders).toEqualTypeOf<number | undefined>();
  return { source: "inferred", data: { openOrders: 1 } };
});
// @ts-expect-error: data of another type
void acme.state.upsertLatest({ userId: "u", source: "inferred", data: { openOrders: "one" } });

// The events of logs.
void acme.log.append("t", [{ kind: "step", name: "search" }]);
expectTypeOf((await acme.log.loadSince("t", 0)).items[0]?.event).toEqualTypeOf<Step | undefined>();
for await (const { event } of acme.log.tail("t")) expectTypeOf(event).toEqualTypeOf<Step>();
// @ts-expect-error: no such kind
void acme.log.append("t", [{ kind: "tool_call", id: "c", name: "search", input: {} }]);

// The values of the key/value store, and of one call.
expectTypeOf(await acme.kv.get([], "k")).toEqualTypeOf<Profile | undefined>();
expectTypeOf(await acme.kv.get<string>([], "k")).toEqualTypeOf<string | undefined>();
expectTypeOf(await acme.kv.getMany<string>([], ["k"])).toEqualTypeOf<(string | undefined)[]>();
expectTypeOf((await acme.kv.entries<string>([])).items).toEqualTypeOf<readonly KvEntry<string>[]>();
// @ts-expect-error: a value of another type
void acme.kv.put([], "k", "brief");

// Without types, what is read is unknown, and events are the known ones or open.
expectTypeOf(plain).toEqualTypeOf<Tenant<object>>();
expectTypeOf(await plain.kv.get([], "k")).toEqualTypeOf<unknown>();
expectTypeOf((await plain.state.getLatest("u"))?.data).toEqualTypeOf<unknown>();
expectTypeOf((await plain.log.loadSince("t", 0)).items[0]?.event).toEqualTypeOf<SessionEvent | OpenEvent | undefined>();
expectTypeOf((await plain.messages.getThread("t"))?.metadata).toEqualTypeOf<
  Readonly<Record<string, unknown>> | undefined
>();

// @ts-expect-error: `events` is no name of an application's types
void open<{ events: Step }>("memory:");
