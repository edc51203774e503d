import type { MessageRole, Tenant } from "holdfast";

/** A conversation that is written turn by turn. */
export interface Session {
  readonly tenantId: string;
  readonly threadId: string;
  readonly userId: string;
  /** How many times as long as usual its answers are. */
  readonly bulk?: number;
}

export interface TurnContent {
  readonly messages: readonly { readonly role: MessageRole; readonly content: string }[];
  readonly events: readonly { readonly kind: string }[];
  /** Of the state snapshot, and of the kv entry. */
  readonly data: { readonly turn: number };
}

export const eventsPerTurn: number;
export const journal: string;
export function contentOf(session: Session, number: number): TurnContent;
export function operationIdOf(session: Session, number: number): string;
export function writeTurn(tenant: Tenant, session: Session, number: number): Promise<unknown>;
