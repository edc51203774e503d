import type { OpenOptions } from "holdfast";

/** The option for the SQLite client that HOLDFAST_SQLITE_DRIVER names; none where it names none. */
export const sqliteDriver: Pick<OpenOptions, "driver"> = {
  driver: process.env["HOLDFAST_SQLITE_DRIVER"] as OpenOptions["driver"],
};
