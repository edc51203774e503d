/** What an agent's step leaves behind: as JSON text, exactly as many bytes as were asked for. */
export interface Payload {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly input: object;
  readonly usage: object;
  readonly output: readonly object[];
  readonly note: string;
}

/** Makes that many different payloads of `bytes` bytes each. */
export function payloads(count: number, bytes: number): readonly Payload[] {
  return Array.from({ length: count }, (_, index) => payload(index, bytes));
}

function payload(index: number, bytes: number): Payload {
  const output: object[] = [];
  const made = (note: string): Payload => ({
    kind: "tool_result",
    id: `call_${String(index).padStart(6, "0")}`,
    name: "search_orders",
    input: { customer: `c-${index}`, open: true, limit: 20, since: null },
    usage: { inputTokens: 1200 + index, outputTokens: 85, cost: 0.0042 },
    output,
    note,
  });
  const sizeWith = (note: string): number => JSON.stringify(made(note)).length;
  // A third of it is prose, the rest are rows, as in the results of tools.
  while (sizeWith("") + rowBytes < (bytes * 2) / 3) output.push(row(index + output.length));
  const missing = bytes - sizeWith("");
  return made(prose.repeat(Math.ceil(missing / prose.length)).slice(0, missing));
}

function row(index: number): object {
  return { order: 10_000 + index, status: "shipped", total: 49.95, tags: ["gift", "express"] };
}

const rowBytes = JSON.stringify(row(0)).length + 1;
const prose = "The parcel left the warehouse on Monday and is expected by Thursday, says the carrier. ";
