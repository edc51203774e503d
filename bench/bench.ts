import { join } from "node:path";
import { open } from "holdfast";
import type { Holdfast, OpenOptions } from "holdfast";
import type { DriverName } from "./raw-driver.js";
import { RawStore } from "./raw-store.js";
import { Rounds } from "./rounds.js";
import type { RoundsSetting } from "./rounds.js";
import type { Row } from "./row.js";

/** How one group of rows is to be measured, in a process of its own. */
export interface Setting extends RoundsSetting {
  readonly group: string;
  readonly driver: DriverName;
  /** Where the files go. */
  readonly folder: string;
}

/** What the groups of the embedded engine measure with. */
export class Bench extends Rounds {
  readonly setting: Setting;

  constructor(setting: Setting, report: (row: Row) => void) {
    super(setting, report);
    this.setting = setting;
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
}
