import { open } from "holdfast";
import type { Holdfast } from "holdfast";

const opened = globalThis as { holdfast?: Promise<Holdfast> };

/** The store, opened once: `next dev` loads modules again whenever they change, and this outlives that. */
export function store(): Promise<Holdfast> {
  return (opened.holdfast ??= open(process.env["HOLDFAST_URL"] ?? "sqlite:./agents.db"));
}
