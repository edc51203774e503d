/**
 * What an agent did, as a session log keeps it. The 18 kinds of the original `GraphEvent` are typed here; an event with
 * any other `kind`, also one from a newer writer, is kept and given back untouched (check C20).
 *
 * Their own fields keep the original's names. `timestamp` is the caller's; the store's own time is `LogEntry.recordedAt`.
 */
export type SessionEvent =
  | (EventBase<"user_message"> & { readonly content: EventContent })
  | (EventBase<"assistant_message"> & { readonly content: EventContent; readonly usage?: unknown })
  | (EventBase<"context_compacted"> & { readonly dropped_chars: number; readonly retained_chars: number })
  | (EventBase<"tool_call"> & { readonly id: string; readonly name: string; readonly input: unknown })
  | (EventBase<"tool_result"> & {
      readonly tool_use_id: string;
      readonly name: string;
      readonly content: unknown;
      readonly is_error?: boolean;
    })
  | (EventBase<"branch_created"> & {
      readonly branch_id: string;
      /** The ordinal of the last shared entry. (The original has a 0-based index, which archiving makes meaningless.) */
      readonly parent_event: number;
    })
  | (EventBase<"checkpoint_marker"> & { readonly checkpoint_id: string; readonly thread_id: string })
  | (EventBase<"warning"> & { readonly warning: unknown })
  | (EventBase<"thinking_delta"> & { readonly text: string; readonly provider_echoes?: readonly unknown[] })
  | (EventBase<"rate_limit"> & { readonly snapshot: unknown })
  | (EventBase<"interrupt"> & { readonly payload: unknown })
  | (EventBase<"cancelled"> & { readonly reason: string })
  | (EventBase<"sub_agent_invoked"> & { readonly agent_id: string; readonly sub_thread_id: string })
  | (EventBase<"agent_handoff"> & { readonly from?: string; readonly to: string })
  | (EventBase<"resumed"> & { readonly from_checkpoint: string })
  | (EventBase<"memory_recall"> & { readonly tier: string; readonly namespace_key: string; readonly hits: number })
  | (EventBase<"usage_limit_exceeded"> & { readonly breach: unknown })
  | (EventBase<"error"> & { readonly class: string; readonly message: string });

interface EventBase<Kind extends string> {
  readonly kind: Kind;
  readonly timestamp?: number | string;
}

/** Plain text, or content parts of a model's API (`{ type, … }`), which are kept untouched. */
export type EventContent = string | readonly { readonly type: string }[];

/** Any other event: its fields are yours. */
export interface OpenEvent {
  readonly kind: string;
  readonly [field: string]: unknown;
}
