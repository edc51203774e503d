import { join } from "node:path";
import { open } from "holdfast";
import type { Holdfast, OpenOptions } from "holdfast";
import { interleave } from "./measure.js";
import { payloads } from "./payload.js";
import type { Payload } from "./payload.js";
import type { DriverName } from "./raw-driver.js";
import { RawStore } from "./raw-store.js";
import type { Row } from "./row.js";

/** How one group of rows is to be measured, in a process of its own. */
export interface Setting {
  readonly group: string;
  readonly driver: DriverName;
  readonly payloadBytes: number;
  readonly fsyncDelayUs: number;
  readonly quick: boolean;
  /** Where the files go. */
  readonly folder: string;
}

/** What the groups measure with. */
export class Bench {
  readonly setting: Setting;
  readonly payloads: readonly Payload[];
  readonly #report: (row: Row) => void;

  constructor(setting: Setting, report: (row: Row) => void) {
    this.setting = setting;
    this.payloads = payloads(64, setting.payloadBytes);
    this.#report = report;
  }

  /** A payload: another one for every index, until they repeat. */
  payload(index: number): Payload {
    return this.payloads[index % this.payloads.length]!;
  }

  /** `full`, or in a quick run something smaller. */
  size(full: number, quick: number): number {
    return this.setting.quick ? quick : full;
  }

  /** How long one side of a round takes. */
  get roundMs(): number {
    return this.size(400, 80);
  }

  path(name: string): string {
    return join(this.setting.folder, `${name}-${this.setting.payloadBytes}.db`);
  }

  openHoldfast(name: string, options?: OpenOptions): Promise<Holdfast> {
    return open(`sqlite:${this.path(name)}`, { ...options, driver: this.setting.driver });
  }

  openRaw(name: string): RawStore {
    return new RawStore(this.setting.driver, this.path(`raw-${name}`));
  }

  interleave<Side extends string>(
    sides: Readonly<Record<Side, (round: number) => number | Promise<number>>>,
  ): Promise<Record<Side, number>> {
    return interleave(this.size(5, 3), sides);
  }

  report(row: Omit<Row, "payloadBytes" | "fsyncDelayUs">): void {
    const { payloadBytes, fsyncDelayUs } = this.setting;
    this.#report({ payloadBytes, fsyncDelayUs, ...row });
  }
}
