import { open } from "holdfast";
import type { Holdfast } from "holdfast";
import { Rounds } from "../rounds.js";
import type { RoundsSetting } from "../rounds.js";
import type { Row } from "../row.js";
import type { BenchDatabase } from "./database.js";
import { RawPostgres } from "./raw-postgres.js";

/** How one group of rows is to be measured, in a process of its own. */
export interface PostgresSetting extends RoundsSetting, BenchDatabase {
  readonly group: string;
}

/** Both sides have as many connections. */
const connections = 16;

/** What the groups of Postgres measure with: a store, and beside it tables of the same columns and keys for the raw side. */
export class PostgresBench extends Rounds {
  readonly setting: PostgresSetting;

  constructor(setting: PostgresSetting, report: (row: Row) => void) {
    super(setting, report);
    this.setting = setting;
  }

  async openHoldfast(name: string): Promise<Holdfast> {
    await (await open(this.#storeUrl(this.setting.url, name), { migrate: true, sweep: false })).close();
    return open(this.#storeUrl(this.setting.appUrl, name), { sweep: false });
  }

  /** Opens the raw side of a store that was opened already. */
  openRaw(name: string): Promise<RawPostgres> {
    return RawPostgres.open(this.setting.url, this.schemaOf(name), connections);
  }

  schemaOf(name: string): string {
    return `${name}_${this.setting.payloadBytes}`;
  }

  /** Reports how many times as many calls a second Holdfast makes. */
  reportRatio(what: string, base: number, holdfast: number, bound: number): void {
    this.report({ what, base, holdfast, value: holdfast / base, unit: "x", bound: { atLeast: bound } });
  }

  #storeUrl(database: string, name: string): string {
    const url = new URL(database);
    url.searchParams.set("schema", this.schemaOf(name));
    url.searchParams.set("role", this.setting.role);
    url.searchParams.set("max", String(connections));
    return url.href;
  }
}
