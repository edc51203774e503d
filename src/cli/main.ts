#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { checkCommand } from "./commands/check.js";
import { importCommand } from "./commands/import.js";
import { logCommand } from "./commands/log.js";
import { showCommand } from "./commands/show.js";
import { statsCommand } from "./commands/stats.js";
import { threadsCommand } from "./commands/threads.js";
import { tourCommand } from "./commands/tour.js";
import { endWithReader } from "./end-with-reader.js";
import { exitCodes, reportError, reportUsage } from "./report-error.js";

endWithReader();
try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = endedWith(error);
}

function program(): Command {
  const root = new Command("holdfast")
    .description("Look after a Holdfast store.")
    .version(version(), "--version")
    .addHelpText("after", "\nExample:\n  holdfast threads --tenant acme --store sqlite:./agents.db")
    .exitOverride()
    // What commander would print about an error is said in one line by `reportUsage`.
    .configureOutput({ outputError: () => undefined });
  const commands = [
    checkCommand(),
    importCommand(),
    threadsCommand(),
    showCommand(),
    logCommand(),
    statsCommand(),
    tourCommand(),
  ];
  for (const command of commands) root.addCommand(command.copyInheritedSettings(root));
  return root;
}

function endedWith(error: unknown): number {
  if (!(error instanceof CommanderError)) {
    reportError(error);
    return exitCodes.failed;
  }
  if (error.exitCode === 0) return exitCodes.ok;
  if (error.code !== "commander.help") reportUsage(error.message);
  return exitCodes.usage;
}

function version(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}
