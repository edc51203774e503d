import { Command, Option } from "commander";
import { HoldfastError, limits } from "../../contract/index.js";
import type { Holdfast, TenantId } from "../../contract/index.js";
import { isServer } from "../../open.js";
import { copyTenant } from "../copy/copy-tenant.js";
import type { CopiedTenant } from "../copy/copy-tenant.js";
import { isSameStore } from "../copy/same-store.js";
import { displayCount } from "../display-count.js";
import { displayText } from "../display-text.js";
import { withExample } from "../example.js";
import { print } from "../output.js";
import { openExistingStore, openStore, storeUrl, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { toJson } from "../to-json.js";

interface Options extends StoreOption {
  readonly from?: string;
  readonly to: string;
  readonly toToken?: string;
  readonly tenant?: string;
  readonly json?: boolean;
}

const notes = `
Ids, times, revisions and ordinals stay as they are. Afterwards both stores are compared, record by record. After an
interruption the same command goes on. Let nobody write to either store meanwhile. Not copied: what has expired, records
of commits (so let retries end before), leases, receipts, and how long things are kept.`;

export function copyCommand(): Command {
  const command = new Command("copy")
    .description("Copy all that the tenants hold to another store, and compare both.")
    .addOption(new Option("--from <url>", "the store to copy (default: that of --store)").conflicts("store"))
    .requiredOption("--to <url>", "the store to copy to; it is made where there is none")
    .option("--to-token <token>", "who is calling the server of --to, where --from is one, too (default: as --token)")
    .option("--tenant <tenant>", "only this tenant (default: all)")
    .option("--json", "print JSON lines: one tenant a line")
    .addHelpText("after", notes)
    .action(copyStore);
  return withExample(withStoreOption(command), "holdfast copy --from sqlite:./agents.db --to sqlite:./copy.db");
}

async function copyStore(options: Options): Promise<void> {
  const from = options.from ?? storeUrl(options);
  if (isSameStore(from, options.to))
    throw new HoldfastError("INVALID_ARGUMENT", "--from and --to are the same store: there is nothing to copy.");
  await using source = await openExistingStore(withToken(from, options.token));
  const tenants = await tenantsOf(source, options.tenant);
  // As large as the values of any store may be: the limit of the source is not in its file.
  await using target = await openStore(withToken(options.to, options.toToken ?? options.token), {
    maxValueBytes: limits.configurableValueBytes,
  });
  let records = 0;
  for (const tenantId of tenants) {
    const copied = await copyTenant(source.tenant(tenantId), target.tenant(tenantId));
    records += copied.records;
    await print(options.json ? toJson(copied) : describeCopied(copied));
  }
  if (!options.json) await print(`${displayCount(records, "record")} of ${displayCount(tenants.length, "tenant")}`);
}

/** A token is for what is a server. */
function withToken(store: string, token: string | undefined): StoreOption {
  return { store, ...(isServer(store) && token !== undefined && { token }) };
}

async function tenantsOf(source: Holdfast, tenantId: TenantId | undefined): Promise<readonly TenantId[]> {
  const tenants: TenantId[] = [];
  for await (const tenant of source.listTenants())
    if (tenantId === undefined || tenant === tenantId) tenants.push(tenant);
  if (tenants.length > 0 || tenantId === undefined) return tenants;
  throw new HoldfastError("NOT_FOUND", `the source has no tenant ${JSON.stringify(tenantId)}.`);
}

function describeCopied({ tenant, records, stored, sha256 }: CopiedTenant): string {
  const already = stored === records ? "" : ` (${displayCount(stored)} of them new)`;
  return `tenant ${displayText(tenant)}: ${displayCount(records, "record")}${already}, the same in both, SHA-256 ${sha256}`;
}
