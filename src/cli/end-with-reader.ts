import { exitCodes, reportError } from "./report-error.js";

/** Ends the process once standard output cannot be written: quietly where its reader has gone, as with `| head`. */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(exitCodes.ok);
    reportError(error);
    process.exit(exitCodes.failed);
  });
}
