import type { OpenEvent, SessionEvent } from "./events.js";

/**
 * The types of an application, given once: `open<{ state: Profile; kv: Fact }>(url)`.
 *
 * Each is optional. What is stored is not checked against them at run time.
 */
export interface AppTypes {
  /** Of `metadata` on threads and messages. */
  readonly metadata?: object;
  /** Of `data` in state snapshots. */
  readonly state?: unknown;
  /** Of events in session logs. */
  readonly event?: { readonly kind: string };
  /** Of values in the key/value store; `kv.get<T>()` narrows a single call. */
  readonly kv?: unknown;
}

type Typed<App, Name extends keyof AppTypes, Default> = App extends { readonly [N in Name]: infer T } ? T : Default;

/** What a caller may pass as metadata. */
export type MetadataInput<App> = Typed<App, "metadata", object>;
/** What a caller gets as metadata. */
export type Metadata<App> = Typed<App, "metadata", Readonly<Record<string, unknown>>>;
export type StateData<App> = Typed<App, "state", unknown>;
export type KvValue<App> = Typed<App, "kv", unknown>;
/** What a caller may append: an event with any `kind`, interfaces included. */
export type EventInput<App> = Typed<App, "event", SessionEvent | OpenEvent | { readonly kind: string }>;
/** What a caller gets from a log. */
export type EventOutput<App> = Typed<App, "event", SessionEvent | OpenEvent>;
