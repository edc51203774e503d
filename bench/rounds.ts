import { interleave } from "./measure.js";
import { payloads } from "./payload.js";
import type { Payload } from "./payload.js";
import type { Row } from "./row.js";

/** What every group is measured with, whatever the engine. */
export interface RoundsSetting {
  readonly payloadBytes: number;
  readonly fsyncDelayUs: number;
  readonly quick: boolean;
}

/** Payloads, rounds, and where the rows go. */
export class Rounds {
  readonly payloads: readonly Payload[];
  readonly #setting: RoundsSetting;
  readonly #report: (row: Row) => void;

  constructor(setting: RoundsSetting, report: (row: Row) => void) {
    this.payloads = payloads(64, setting.payloadBytes);
    this.#setting = setting;
    this.#report = report;
  }

  /** A payload: another one for every index, until they repeat. */
  payload(index: number): Payload {
    return this.payloads[index % this.payloads.length]!;
  }

  /** `full`, or in a quick run something smaller. */
  size(full: number, quick: number): number {
    return this.#setting.quick ? quick : full;
  }

  /** How long one side of a round takes. */
  get roundMs(): number {
    return this.size(400, 80);
  }

  interleave<Side extends string>(
    sides: Readonly<Record<Side, (round: number) => number | Promise<number>>>,
  ): Promise<Record<Side, number>> {
    return interleave(this.size(5, 3), sides);
  }

  report(row: Omit<Row, "payloadBytes" | "fsyncDelayUs">): void {
    const { payloadBytes, fsyncDelayUs } = this.#setting;
    this.#report({ payloadBytes, fsyncDelayUs, ...row });
  }
}
