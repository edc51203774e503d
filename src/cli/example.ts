import type { Command } from "commander";

/** Closes the help of a command with one line that can be run as it is. */
export function withExample(command: Command, example: string): Command {
  return command.addHelpText("after", `\nExample:\n  ${example}`);
}
