import { join } from "node:path";
import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { Rounds } from "../rounds.js";
import type { RoundsSetting } from "../rounds.js";
import type { Bound, Row } from "../row.js";
import { serveStore } from "./served.js";
import type { Served } from "./served.js";

/** How one group of rows is to be measured, in a process of its own. */
export interface HttpSetting extends RoundsSetting {
  readonly group: string;
  /** Where the files go. */
  readonly folder: string;
}

/** What the groups of the server measure with: a store in this process, and the same behind a server in another. */
export class HttpBench extends Rounds {
  readonly setting: HttpSetting;

  constructor(setting: HttpSetting, report: (row: Row) => void) {
    super(setting, report);
    this.setting = setting;
  }

  openLocal(name: string): Promise<Holdfast> {
    return open(this.#storeUrl(`local-${name}`));
  }

  serve(name: string): Promise<Served> {
    return serveStore(this.#storeUrl(`served-${name}`));
  }

  /** Reports how many times as many calls a second go through client and server as in process. */
  reportRatio(what: string, local: number, remote: number, bound?: Bound): void {
    this.report({ what, base: local, holdfast: remote, value: remote / local, unit: "x", ...(bound && { bound }) });
  }

  #storeUrl(name: string): string {
    return `sqlite:${join(this.setting.folder, `${name}-${this.setting.payloadBytes}.db`)}`;
  }
}

/** Opens what is served, by the client of the package. */
export function openServed({ url, token }: Served): Promise<Holdfast> {
  return open(url, { token });
}
