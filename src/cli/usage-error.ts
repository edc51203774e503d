import { CommanderError } from "commander";
import { exitCodes } from "./report-error.js";

/** A mistake on the command line that only shows once its options are read together: said in one line, with exit code 2. */
export function usageError(message: string): CommanderError {
  return new CommanderError(exitCodes.usage, "holdfast.usage", message);
}
