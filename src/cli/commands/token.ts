import { Command, InvalidArgumentError } from "commander";
import { HoldfastError } from "../../contract/index.js";
import type { NewToken, Token, TokenScope } from "../../contract/index.js";
import { displayTime } from "../display-time.js";
import { durationArgument } from "../duration-argument.js";
import { withExample } from "../example.js";
import { print, warn } from "../output.js";
import { openExistingStore, openStore, withStoreOption } from "../store-option.js";
import type { StoreOption } from "../store-option.js";
import { table } from "../table.js";
import { toJson } from "../to-json.js";
import { usageError } from "../usage-error.js";

interface Options extends StoreOption {
  readonly json?: boolean;
}

interface CreateOptions extends Options {
  readonly tenant?: string;
  readonly user?: string;
  readonly scope: readonly TokenScope[];
  readonly expires?: number;
  readonly name?: string;
}

export function tokenCommand(): Command {
  const command = new Command("token")
    .description("Make, list and revoke the API tokens by which a server knows who is calling.")
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
  return withExample(command, "holdfast token create --tenant acme --scope read,write --expires 30d");
}

function createCommand(): Command {
  const command = new Command("create")
    .description("Make a token, and print its secret: once, as only a hash of it is kept.")
    .option("--tenant <tenant>", "the tenant that it is for; an operator's is for all")
    .option("--user <user>", "only what is this user's")
    .requiredOption("--scope <scopes>", "what it allows: read, write, or operator, with commas between", scopesArgument)
    .option(
      "--expires <duration>",
      "for how long, such as 30d, 12h, 90m or 3600s (default: for good)",
      durationArgument,
    )
    .option("--name <name>", "what it is for, in words")
    .option("--json", 'print one JSON document: the token, with its "secret"')
    .action(createToken);
  return withExample(
    withStoreOption(command),
    "holdfast token create --tenant acme --user u1 --scope read,write --expires 30d",
  );
}

function listCommand(): Command {
  const command = new Command("list")
    .description("List the tokens that are worth something, oldest first. Times are UTC.")
    .option("--json", "print JSON lines: one token a line")
    .action(listTokens);
  return withExample(withStoreOption(command), "holdfast token list");
}

function revokeCommand(): Command {
  const command = new Command("revoke")
    .description("End a token at once, on every server of the store.")
    .argument("<id>", "the id of the token, as token list shows it")
    .option("--json", 'print one JSON document: { "id", "revoked" }')
    .action(revokeToken);
  return withExample(withStoreOption(command), "holdfast token revoke 019aa2f0-5a3e-7c1b-9d52-0e4b6a8f1c37");
}

async function createToken(options: CreateOptions): Promise<void> {
  const token = tokenOf(options);
  await using db = await openStore(options);
  const { secret, ...created } = await db.tokens.create(token);
  await print(options.json ? toJson({ ...created, secret }) : secret);
  warn(`holdfast: keep it now, it is not shown again. "holdfast token revoke ${created.id}" ends it.`);
}

function tokenOf({ tenant, user, scope, expires, name }: CreateOptions): NewToken {
  const isOperator = scope.includes("operator");
  if (isOperator && (tenant ?? user) !== undefined)
    throw usageError("an operator's token is for every tenant: leave out --tenant and --user, or the scope operator.");
  if (!isOperator && tenant === undefined)
    throw usageError("--tenant is missing; only with --scope operator is it not.");
  return {
    ...(tenant !== undefined && { tenantId: tenant }),
    ...(user !== undefined && { userId: user }),
    scopes: scope,
    ...(expires !== undefined && { expiresAt: Date.now() + expires }),
    ...(name !== undefined && { name }),
  };
}

async function listTokens(options: Options): Promise<void> {
  await using db = await openExistingStore(options);
  const rows: string[][] = [];
  for await (const token of db.tokens.list()) {
    if (options.json) await print(toJson(token));
    else rows.push(rowOf(token));
  }
  if (options.json) return;
  if (rows.length === 0) await print("No tokens in this store.");
  else for (const line of table(columns, rows)) await print(line);
}

const columns = [
  { title: "ID", width: 36 },
  { title: "TENANT", width: 40 },
  { title: "USER", width: 40 },
  { title: "SCOPES", width: 24 },
  { title: "CREATED (UTC)", width: 20 },
  { title: "EXPIRES (UTC)", width: 20 },
  { title: "NAME" },
];

function rowOf({ id, tenantId, userId, scopes, createdAt, expiresAt, name }: Token): string[] {
  const expires = expiresAt === undefined ? "never" : displayTime(expiresAt);
  return [id, tenantId ?? "(all)", userId ?? "", scopes.join(","), displayTime(createdAt), expires, name ?? ""];
}

async function revokeToken(id: string, options: Options): Promise<void> {
  if (id.startsWith("hf_")) throw usageError("this is a secret; a token is revoked by its id, which token list shows.");
  await using db = await openExistingStore(options);
  if (!(await db.tokens.revoke(id)))
    throw new HoldfastError("NOT_FOUND", `there is no token ${id}: it never was, has expired, or was revoked before.`);
  await print(options.json ? toJson({ id, revoked: true }) : `revoked ${id}`);
}

const allScopes: readonly string[] = ["read", "write", "operator"] satisfies readonly TokenScope[];

function scopesArgument(text: string): readonly TokenScope[] {
  const scopes = text.split(",");
  const isValid = scopes.every((scope) => allScopes.includes(scope)) && new Set(scopes).size === scopes.length;
  if (!isValid) throw new InvalidArgumentError("It must be read, write, operator, or several of these: read,write.");
  return scopes as TokenScope[];
}
