import { Command } from "commander";
import { withExample } from "../example.js";
import { printList } from "../print-list.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";

interface Options extends StoreOption {
  readonly json?: boolean;
}

export function tenantsCommand(): Command {
  const command = new Command("tenants")
    .description("List the tenants that hold anything or ever did.")
    .option("--json", 'print JSON lines: { "tenant" }')
    .action(listTenants);
  return withExample(withStoreOption(command), "holdfast tenants --store sqlite:./agents.db");
}

async function listTenants(options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  await printList(db.listTenants(), { field: "tenant", none: "No tenants in this store." }, options.json);
}
