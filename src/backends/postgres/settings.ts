import { effectiveSettings } from "../../core/settings.js";
import type { EffectiveSettings, Settings } from "../../core/settings.js";
import type { SqlResult, Statement } from "./driver.js";
import { statement } from "./transaction.js";

/** Reads what is recorded now: another process may have opened the store with other settings. */
export const settingsQuery: Statement = statement("SELECT value FROM @settings WHERE key = 'settings'");

export function toSettings(result: SqlResult | undefined): EffectiveSettings {
  const [text] = result?.rows[0] ?? [];
  return effectiveSettings({}, text === undefined ? {} : (JSON.parse(text as string) as Settings));
}

/** SQL for the same, where a statement goes by it: `max_versions`, and `max_age_ms` or NULL. One row. */
export const historySettings: string = `SELECT
coalesce((value #>> '{history,maxVersions}')::bigint, ${effectiveSettings({}).history.maxVersions}) AS max_versions,
(value #>> '{history,maxAgeMs}')::bigint AS max_age_ms
FROM (SELECT (SELECT value::json FROM @settings WHERE key = 'settings') AS value) AS recorded`;
