import { statSync } from "node:fs";
import type { HttpBindings } from "@hono/node-server";
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { HoldfastError } from "../../contract/index.js";
import type { HandlerOptions, JwtOptions } from "../../server/index.js";
import { fromEnvironment } from "../environment.js";
import { integerArgument } from "../integer-argument.js";
import { usageError } from "../usage-error.js";

/** The options of `serve` that say who may call, how often, and how much. */
export interface SettingOptions {
  readonly dev?: boolean;
  readonly maxBodyBytes?: number;
  readonly rateLimit?: number;
  readonly burst?: number;
  readonly failedAttempts?: number;
  readonly quotaRows?: number;
  readonly quotaBytes?: number;
  readonly corsOrigin?: readonly string[];
  readonly metrics?: "operator" | "open";
  readonly backups?: string;
  readonly jwtIssuer?: string;
  readonly jwtAudience?: readonly string[];
  readonly jwksUrl?: string;
  readonly jwtAlgorithms?: readonly string[];
  readonly jwtTenantClaim?: string;
  readonly jwtUserClaim?: string;
  readonly jwtScopeClaim?: string;
  readonly jwtOperatorScope?: string;
}

export function withSettings(command: Command): Command {
  return withJwtSettings(withLimits(command));
}

function withLimits(command: Command): Command {
  return command
    .addOption(
      setting(
        "--max-body-bytes <bytes>",
        "bytes of a request's body at most (default: 32 MiB)",
        "MAX_BODY_BYTES",
        positive,
      ),
    )
    .addOption(
      setting(
        "--rate-limit <count>",
        "requests a second that each caller may make (default: any)",
        "RATE_LIMIT",
        positive,
      ),
    )
    .addOption(
      setting(
        "--burst <count>",
        "requests beyond that in 10 seconds (default: as --rate-limit)",
        "BURST",
        integerArgument,
      ),
    )
    .addOption(
      setting(
        "--failed-attempts <count>",
        "requests with a wrong token a minute from one address (default: any; leave it out behind a proxy)",
        "FAILED_ATTEMPTS",
        positive,
      ),
    )
    .addOption(setting("--quota-rows <count>", "rows that each tenant may hold", "QUOTA_ROWS", integerArgument))
    .addOption(setting("--quota-bytes <bytes>", "bytes that each tenant may hold", "QUOTA_BYTES", integerArgument))
    .addOption(
      setting(
        "--cors-origin <origins>",
        "whose pages may call, with commas between (default: none)",
        "CORS_ORIGIN",
        list,
      ),
    )
    .addOption(
      setting("--metrics <who>", "who may read /metrics (default: operator)", "METRICS").choices(["operator", "open"]),
    )
    .addOption(
      setting("--backups <directory>", "where operators may have backups written (default: nowhere)", "BACKUPS"),
    );
}

function withJwtSettings(command: Command): Command {
  return command
    .addOption(setting("--jwt-issuer <issuer>", "accept JWTs, too: what iss must be", "JWT_ISSUER"))
    .addOption(setting("--jwt-audience <audiences>", "what aud must be, one of them", "JWT_AUDIENCE", list))
    .addOption(setting("--jwks-url <url>", "where the issuer's keys are", "JWKS_URL"))
    .addOption(setting("--jwt-algorithms <names>", "the algorithms to accept", "JWT_ALGORITHMS", list))
    .addOption(setting("--jwt-tenant-claim <name>", "the claim with the tenant", "JWT_TENANT_CLAIM"))
    .addOption(
      setting("--jwt-user-claim <name>", "the claim with the user (default: none; all users)", "JWT_USER_CLAIM"),
    )
    .addOption(setting("--jwt-scope-claim <name>", "the claim with the scopes", "JWT_SCOPE_CLAIM"))
    .addOption(setting("--jwt-operator-scope <name>", "the scope of operators (default: none)", "JWT_OPERATOR_SCOPE"));
}

/** An option that the environment's `HOLDFAST_…` also sets. */
export function setting(flags: string, description: string, name: string, parse?: (text: string) => unknown): Option {
  const variable = `HOLDFAST_${name}`;
  const option = new Option(flags, `${description}; else ${variable}`);
  if (parse !== undefined) option.argParser(parse);
  // An empty variable is none, as everywhere.
  if (fromEnvironment(variable) !== undefined) option.env(variable);
  return option;
}

/** The same, as the handler takes it. */
export function handlerSettings(options: SettingOptions): HandlerOptions {
  const { dev = false, maxBodyBytes, rateLimit, burst, failedAttempts, corsOrigin, metrics } = options;
  const { quotaRows: rows, quotaBytes: bytes, backups } = options;
  if (backups !== undefined && !isDirectory(backups)) throw usageError("--backups must be a directory that is there.");
  if (burst !== undefined && rateLimit === undefined)
    throw usageError("--burst needs --rate-limit, beyond which it is.");
  return {
    dev,
    maxBodyBytes,
    rateLimit: rateLimit === undefined ? undefined : { perSecond: rateLimit, burst },
    failedAttempts: failedAttempts === undefined ? undefined : { perMinute: failedAttempts, clientOf: addressOf },
    quotas: rows === undefined && bytes === undefined ? undefined : { rows, bytes },
    cors: corsOrigin === undefined ? undefined : { origins: corsOrigin },
    metrics,
    backups,
    jwt: jwtSettings(options),
  };
}

/** The address at the other end of the connection, as `serve` gives it in `env`. */
function addressOf(_: Request, env: unknown): string | undefined {
  return (env as HttpBindings).incoming.socket.remoteAddress;
}

function jwtSettings(options: SettingOptions): JwtOptions | undefined {
  const { jwtIssuer: issuer, jwtAudience: audience, jwksUrl } = options;
  const rest = {
    algorithms: options.jwtAlgorithms,
    tenantClaim: options.jwtTenantClaim,
    userClaim: options.jwtUserClaim,
    scopeClaim: options.jwtScopeClaim,
    operatorScope: options.jwtOperatorScope,
  };
  if (issuer !== undefined && audience !== undefined && jwksUrl !== undefined)
    return { issuer, audience, jwksUrl, ...rest };
  if ([issuer, audience, jwksUrl, ...Object.values(rest)].every((part) => part === undefined)) return undefined;
  throw usageError("for JWTs, --jwt-issuer, --jwt-audience and --jwks-url must all be given.");
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** By which option what the handler refuses was set. */
const flags: Readonly<Record<string, string>> = {
  cors: "--cors-origin",
  "jwt.issuer": "--jwt-issuer",
  "jwt.audience": "--jwt-audience",
  "jwt.jwksUrl": "--jwks-url",
  "jwt.algorithms": "--jwt-algorithms",
  "jwt.tenantClaim": "--jwt-tenant-claim",
  "jwt.userClaim": "--jwt-user-claim",
  "jwt.scopeClaim": "--jwt-scope-claim",
  "jwt.operatorScope": "--jwt-operator-scope",
};

/** The error as one of the command line, where it is of an option of it. */
export function ofOption(error: unknown): unknown {
  const path = error instanceof HoldfastError ? error.details.path : undefined;
  const name = Object.keys(flags).find((name) => path?.startsWith(name) === true);
  return name === undefined ? error : usageError(`${flags[name]}: ${(error as HoldfastError).message}`);
}

function positive(text: string): number {
  const count = integerArgument(text);
  if (count > 0) return count;
  throw new InvalidArgumentError("It must be an integer from 1.");
}

function list(text: string): readonly string[] {
  return text.split(",").map((part) => part.trim());
}
