import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { fromEnvironment } from "../environment.js";
import { integerArgument } from "../integer-argument.js";
import { usageError } from "../usage-error.js";

/** The options of `serve` that say who may call, how often, and how much. */
export interface SettingOptions {
  readonly dev?: boolean;
  readonly maxBody?: number;
  readonly rate?: number;
  readonly burst?: number;
  readonly quotaRows?: number;
  readonly quotaBytes?: number;
  readonly cors?: readonly string[];
  readonly metrics?: "operator" | "open";
  readonly jwtIssuer?: string;
  readonly jwtAudience?: readonly string[];
  readonly jwksUrl?: string;
  readonly jwtAlgorithms?: readonly string[];
  readonly jwtTenantClaim?: string;
  readonly jwtUserClaim?: string;
  readonly jwtScopeClaim?: string;
  readonly jwtOperatorScope?: string;
}

/** The same, as the handler takes it. */
export interface ServerSettings {
  readonly dev: boolean;
  readonly maxBodyBytes?: number;
  readonly rateLimit?: { readonly perSecond: number; readonly burst?: number };
  readonly quotas?: { readonly rows?: number; readonly bytes?: number };
  readonly cors?: { readonly origins: readonly string[] };
  readonly metrics?: "operator" | "open";
  readonly jwt?: {
    readonly issuer: string;
    readonly audience: readonly string[];
    readonly jwksUrl: string;
    readonly algorithms?: readonly string[];
    readonly tenantClaim?: string;
    readonly userClaim?: string;
    readonly scopeClaim?: string;
    readonly operatorScope?: string;
  };
}

export function withSettings(command: Command): Command {
  return command
    .addOption(setting("--max-body <bytes>", "bytes of a request's body at most", "MAX_BODY", integerArgument))
    .addOption(
      setting("--rate <count>", "requests a second that each caller may make (default: any)", "RATE", positive),
    )
    .addOption(
      setting("--burst <count>", "requests beyond that in 10 seconds (default: as --rate)", "BURST", integerArgument),
    )
    .addOption(setting("--quota-rows <count>", "rows that each tenant may hold", "QUOTA_ROWS", integerArgument))
    .addOption(setting("--quota-bytes <bytes>", "bytes that each tenant may hold", "QUOTA_BYTES", integerArgument))
    .addOption(setting("--cors <origins>", "whose pages may call, with commas between (default: none)", "CORS", list))
    .addOption(
      setting("--metrics <who>", "who may read /metrics (default: operator)", "METRICS").choices(["operator", "open"]),
    )
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

export function serverSettings(options: SettingOptions): ServerSettings {
  const { dev = false, maxBody, rate, burst, quotaRows: rows, quotaBytes: bytes, cors, metrics } = options;
  if (burst !== undefined && rate === undefined) throw usageError("--burst needs --rate, beyond which it is.");
  const jwt = jwtSettings(options);
  return {
    dev,
    ...(maxBody !== undefined && { maxBodyBytes: maxBody }),
    ...(rate !== undefined && { rateLimit: { perSecond: rate, ...(burst !== undefined && { burst }) } }),
    ...((rows !== undefined || bytes !== undefined) && {
      quotas: { ...(rows !== undefined && { rows }), ...(bytes !== undefined && { bytes }) },
    }),
    ...(cors !== undefined && { cors: { origins: cors } }),
    ...(metrics !== undefined && { metrics }),
    ...(jwt !== undefined && { jwt }),
  };
}

function jwtSettings(options: SettingOptions): ServerSettings["jwt"] {
  const { jwtIssuer: issuer, jwtAudience: audience, jwksUrl } = options;
  const { jwtAlgorithms, jwtTenantClaim, jwtUserClaim, jwtScopeClaim, jwtOperatorScope } = options;
  const rest = {
    ...(jwtAlgorithms !== undefined && { algorithms: jwtAlgorithms }),
    ...(jwtTenantClaim !== undefined && { tenantClaim: jwtTenantClaim }),
    ...(jwtUserClaim !== undefined && { userClaim: jwtUserClaim }),
    ...(jwtScopeClaim !== undefined && { scopeClaim: jwtScopeClaim }),
    ...(jwtOperatorScope !== undefined && { operatorScope: jwtOperatorScope }),
  };
  if (issuer !== undefined && audience !== undefined && jwksUrl !== undefined)
    return { issuer, audience, jwksUrl, ...rest };
  if ([issuer, audience, jwksUrl].every((part) => part === undefined) && Object.keys(rest).length === 0)
    return undefined;
  throw usageError("for JWTs, --jwt-issuer, --jwt-audience and --jwks-url must all be given.");
}

function positive(text: string): number {
  const count = integerArgument(text);
  if (count > 0) return count;
  throw new InvalidArgumentError("It must be an integer from 1.");
}

function list(text: string): readonly string[] {
  return text.split(",").map((part) => part.trim());
}
