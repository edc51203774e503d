#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { archiveCommand } from "./commands/archive.js";
import { backupCommand } from "./commands/backup.js";
import { checkCommand } from "./commands/check.js";
import { copyCommand } from "./commands/copy.js";
import { doctorCommand } from "./commands/doctor.js";
import { eraseCommand } from "./commands/erase.js";
import { erasuresCommand } from "./commands/erasures.js";
import { exportCommand } from "./commands/export.js";
import { forkCommand } from "./commands/fork.js";
import { importCommand } from "./commands/import.js";
import { logCommand } from "./commands/log.js";
import { migrateCommand } from "./commands/migrate.js";
import { restoreCommand } from "./commands/restore.js";
import { serveCommand } from "./commands/serve.js";
import { showCommand } from "./commands/show.js";
import { statsCommand } from "./commands/stats.js";
import { sweepCommand } from "./commands/sweep.js";
import { tenantsCommand } from "./commands/tenants.js";
import { threadsCommand } from "./commands/threads.js";
import { tokenCommand } from "./commands/token.js";
import { tourCommand } from "./commands/tour.js";
import { usageCommand } from "./commands/usage.js";
import { usersCommand } from "./commands/users.js";
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
  for (const [heading, commands] of Object.entries(groups())) {
    root.commandsGroup(heading);
    for (const command of commands) root.addCommand(inheriting(command, root));
  }
  return root;
}

/** The command, with those below it, treating mistakes as `parent` does. */
function inheriting(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const below of command.commands) inheriting(below, command);
  return command;
}

/** The commands, as the help lists them. */
function groups(): Readonly<Record<string, readonly Command[]>> {
  return {
    "Serve:": [serveCommand()],
    "Look:": [
      tenantsCommand(),
      usersCommand(),
      threadsCommand(),
      showCommand(),
      logCommand(),
      statsCommand(),
      usageCommand(),
    ],
    "Take in and out:": [importCommand(), exportCommand(), copyCommand(), backupCommand(), restoreCommand()],
    "Remove and maintain:": [
      eraseCommand(),
      erasuresCommand(),
      archiveCommand(),
      forkCommand(),
      sweepCommand(),
      doctorCommand(),
      migrateCommand(),
    ],
    "Let in:": [tokenCommand()],
    "Try:": [checkCommand(), tourCommand()],
  };
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
