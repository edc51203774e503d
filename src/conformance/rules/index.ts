import type { Rule } from "../rule.js";
import * as attackUsers from "./attack-users.js";
import * as attack from "./attack.js";
import * as concurrency from "./concurrency.js";
import * as context from "./context.js";
import * as erasureScopes from "./erasure-scopes.js";
import * as erasureBytes from "./erasure-bytes.js";
import * as erasureInterrupted from "./erasure-interrupted.js";
import * as erasureLate from "./erasure-late.js";
import * as erasure from "./erasure.js";
import * as errors from "./errors.js";
import * as exports from "./exports.js";
import * as importRecords from "./import-records.js";
import * as imports from "./imports.js";
import * as identifiers from "./identifiers.js";
import * as inputReads from "./input-reads.js";
import * as inputTokens from "./input-tokens.js";
import * as inputWrites from "./input-writes.js";
import * as instance from "./instance.js";
import * as instanceTenants from "./instance-tenants.js";
import * as kvEntries from "./kv-entries.js";
import * as kvExpiry from "./kv-expiry.js";
import * as kvLists from "./kv-lists.js";
import * as kvNamespaces from "./kv-namespaces.js";
import * as kvUpdate from "./kv-update.js";
import * as leaseFences from "./lease-fences.js";
import * as leases from "./leases.js";
import * as limits from "./limits.js";
import * as logAppend from "./log-append.js";
import * as logArchive from "./log-archive.js";
import * as logFork from "./log-fork.js";
import * as logTail from "./log-tail.js";
import * as messagesBranches from "./messages-branches.js";
import * as messagesCreate from "./messages-create.js";
import * as messagesDeletion from "./messages-deletion.js";
import * as messagesEdit from "./messages-edit.js";
import * as messagesLists from "./messages-lists.js";
import * as messagesThreads from "./messages-threads.js";
import * as operationsRepeats from "./operations-repeats.js";
import * as operations from "./operations.js";
import * as pages from "./pages.js";
import * as read from "./read.js";
import * as sharedStore from "./shared-store.js";
import * as stateHistory from "./state-history.js";
import * as stateSnapshots from "./state-snapshots.js";
import * as userHandles from "./user-handles.js";
import * as sweep from "./sweep.js";
import * as sweepRuns from "./sweep-runs.js";
import * as tokensEnd from "./tokens-end.js";
import * as tokens from "./tokens.js";
import * as users from "./users.js";
import * as valuesRefused from "./values-refused.js";
import * as values from "./values.js";
import * as writeBuild from "./write-build.js";
import * as write from "./write.js";

/** Every rule of the contract, by subject. Each file exports nothing but rules. */
export const rules: readonly Rule[] = [
  messagesThreads,
  messagesCreate,
  messagesEdit,
  messagesDeletion,
  messagesLists,
  messagesBranches,
  stateSnapshots,
  stateHistory,
  kvEntries,
  kvExpiry,
  kvUpdate,
  kvLists,
  kvNamespaces,
  logAppend,
  logArchive,
  logTail,
  logFork,
  users,
  userHandles,
  write,
  writeBuild,
  operationsRepeats,
  operations,
  leases,
  leaseFences,
  read,
  pages,
  context,
  concurrency,
  values,
  valuesRefused,
  identifiers,
  limits,
  inputWrites,
  inputReads,
  inputTokens,
  errors,
  instance,
  instanceTenants,
  sharedStore,
  exports,
  imports,
  importRecords,
  sweep,
  sweepRuns,
  erasure,
  erasureLate,
  erasureInterrupted,
  erasureBytes,
  erasureScopes,
  tokens,
  tokensEnd,
  attack,
  attackUsers,
].flatMap((file): Rule[] => Object.values<Rule | readonly Rule[]>(file).flat());
