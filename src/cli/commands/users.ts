import { Command } from "commander";
import { withExample } from "../example.js";
import { printList } from "../print-list.js";
import { openExistingStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";

interface Options extends StoreOption {
  readonly tenant: string;
  readonly json?: boolean;
}

export function usersCommand(): Command {
  const command = new Command("users")
    .description("List the users of a tenant who own a thread, a state snapshot, a key/value entry or a log.")
    .requiredOption("--tenant <tenant>", "whose users")
    .option("--json", 'print JSON lines: { "user" }')
    .action(listUsers);
  return withExample(withStoreOption(command), "holdfast users --tenant acme");
}

async function listUsers(options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const users = db.tenant(options.tenant).listUsers();
  await printList(users, { field: "user", none: "No users in this tenant." }, options.json);
}
