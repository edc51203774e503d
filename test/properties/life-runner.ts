import type { Fence, Holdfast, Lease } from "holdfast";
import { collect } from "../support/collect.js";
import type { LifeCommand } from "./life-commands.js";
import { outcomeOf, storesAt, withoutHashes, withoutLogBytes } from "./outcomes.js";

/** Runs the commands that have to do with how long things are there, and with whom they are. */
export class LifeRunner {
  readonly #db: Holdfast;
  readonly #lastLeases = new Map<string, Lease>();

  constructor(db: Holdfast) {
    this.#db = db;
  }

  /** Options in which a fence that is `"last"` is the lease that the tenant was last given. */
  resolved(tenantId: string, options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    if (options["fence"] !== "last") return options;
    const { name, token } = this.#lastLeases.get(tenantId) ?? { name: "l", token: 1 };
    return { ...options, fence: { name, token } satisfies Fence };
  }

  run(command: LifeCommand): Promise<unknown> {
    return outcomeOf(() => this.#run(command));
  }

  async #run(command: LifeCommand): Promise<unknown> {
    switch (command.do) {
      case "fork": {
        const { log } = storesAt(this.#db, command);
        const options = this.resolved(command.tenant, command.options);
        return log.fork(command.thread, command.at, command.newThread, options);
      }
      case "lease":
        return this.#keep(command.tenant, await storesAt(this.#db, command).lease(command.name, command.options));
      case "renew":
        return this.#keep(command.tenant, await this.#lastLeases.get(command.tenant)?.renew(command.options));
      case "release":
        return this.#lastLeases.get(command.tenant)?.release();
      case "erase":
        return this.#erase(command);
      case "sweep":
        return this.#db.sweep(command.options);
      case "usage":
        return withoutLogBytes(await this.#db.tenant(command.tenant).usage());
      case "copy":
        return this.#copy(command);
    }
  }

  #keep(tenantId: string, lease: Lease | undefined): unknown {
    if (lease === undefined) return undefined;
    this.#lastLeases.set(tenantId, lease);
    const { name, token, expiresAt } = lease;
    return { name, token, expiresAt };
  }

  async #erase({ tenant: tenantId, what, options }: Extract<LifeCommand, { do: "erase" }>): Promise<unknown> {
    const tenant = this.#db.tenant(tenantId);
    if (what === "tenant") return withoutHashes([await this.#db.eraseTenant(tenantId, options)]);
    if ("user" in what) return withoutHashes([await tenant.eraseUser(what.user, options)]);
    return withoutHashes([await tenant.eraseThread(what.thread, options)]);
  }

  async #copy({ tenant: id, ofUser, to, from, options }: Extract<LifeCommand, { do: "copy" }>): Promise<unknown> {
    const tenant = this.#db.tenant(id);
    const records = await collect(ofUser === undefined ? tenant.export() : tenant.exportUser(ofUser));
    return [records, await outcomeOf(() => this.#db.tenant(to).import(records.slice(from), options))];
  }
}
