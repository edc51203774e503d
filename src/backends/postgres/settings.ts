import { effectiveSettings } from "../../core/settings.js";
import type { EffectiveSettings, Settings } from "../../core/settings.js";
import type { SqlResult, Statement } from "./driver.js";
import { statement } from "./transaction.js";

/** Reads the settings as they are recorded now: whoever opened the store later may have recorded others. */
export const settingsQuery: Statement = statement("SELECT value FROM @settings WHERE key = 'settings'");

export function toSettings(result: SqlResult | undefined): EffectiveSettings {
  const [text] = result?.rows[0] ?? [];
  return effectiveSettings({}, text === undefined ? {} : (JSON.parse(String(text)) as Settings));
}
