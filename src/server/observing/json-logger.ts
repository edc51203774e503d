import { pino } from "pino";
import type { DestinationStream, Logger } from "pino";

/** A logger of JSON lines, to standard output unless to another stream: with the time, and without the host and process id. */
export function jsonLogger(destination?: DestinationStream): Logger {
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return destination === undefined ? pino(options) : pino(options, destination);
}
