import { Command } from "commander";
import { HoldfastError } from "../../contract/index.js";
import { withExample } from "../example.js";
import { print } from "../output.js";
import { refuseServer, storeUrl, withLocalStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";
import { playTour } from "../tour/play.js";
import type { Played } from "../tour/play.js";
import { TourReport } from "../tour/report.js";
import { describeStore } from "./stats.js";

interface Options extends StoreOption {
  readonly json?: boolean;
}

export function tourCommand(): Command {
  const command = new Command("tour")
    .description("Show on a store what Holdfast promises: play two conversations, kill the writer, look what is there.")
    .option("--json", "print only one JSON document: what was checked, and what is in the store")
    .action(tour);
  return withExample(withLocalStoreOption(command), "holdfast tour --store sqlite:./tour.db");
}

async function tour(options: Options): Promise<void> {
  refuseServer(options, "tour");
  const url = storeUrl(options);
  const report = new TourReport(options.json ? async () => undefined : print);
  const played = await playTour(url, report);
  if (options.json) await print(toJson({ store: url, checks: report.checks, ...played }));
  else for (const line of closing(url, played)) await print(line);
  if (report.failed > 0)
    throw new HoldfastError("INTERNAL", `${report.failed} of ${report.checks.length} claims of the tour did not hold.`);
}

function closing(url: string, { acme, info, stats }: Played): readonly string[] {
  const command = process.env["npm_lifecycle_event"] === "tour" ? "npm start --" : "npx holdfast";
  const store = url === storeUrl({}) ? "" : ` --store ${url}`;
  const hints = [
    `${command} threads --tenant acme${store}`,
    `${command} show ${acme.threadId} --tenant acme${store}`,
    `${command} log ${acme.threadId} --tenant acme${store}`,
    ...(info.name === "sqlite" ? [`sqlite3 ${info.location} .schema`] : []),
  ];
  return [
    "\n6. What is in the store, and how to look at it.",
    ...describeStore(info, stats).map((line) => `  ${line}`),
    "",
    ...hints.map((hint) => `  ${hint}`),
  ];
}
