import { open } from "holdfast";
import type { Holdfast, TransactionClient } from "holdfast";
import { Client } from "pg";
import type { Pool } from "pg";
import { afterAll } from "vitest";
import { freshDatabase } from "./postgres.js";
import { openPool } from "./pool.js";

/** An application with a table of its own, `shop.orders`, beside a store. Its user has rights on nothing else. */
export interface Shop {
  readonly db: Holdfast;
  /** Opens stores as the application's user. */
  readonly url: string;
  readonly pool: Pool;
  /** The role that statements of the store run as. */
  readonly role: string;
  /** Another role that the user can take on. */
  readonly clerk: string;
  readonly admin: Client;
  /** Lets the user take on the role of the store, or not. */
  permit(isMember: boolean): Promise<void>;
  connect(): Promise<Client>;
  order(client: TransactionClient, by: string): Promise<void>;
  /** The orders that were committed. */
  ordersBy(by: string): Promise<number>;
}

/** For the tests of one file: await it at the top of the file. */
export async function openShop(): Promise<Shop> {
  const database = await freshDatabase({ canCreateRoles: true });
  const [role, user, clerk] = ["app", "login", "clerk"].map((name) => `${database.name}_${name}`) as [
    string,
    string,
    string,
  ];
  const admin = new Client(database.superuserUrl);
  await admin.connect();
  await (await open(`${database.ownerUrl}?role=${role}`, { migrate: true, sweep: false })).close();
  await admin.query(`CREATE ROLE ${user} LOGIN PASSWORD 'user' NOSUPERUSER; CREATE ROLE ${clerk};
    GRANT ${role}, ${clerk} TO ${user}; CREATE SCHEMA shop; CREATE TABLE shop.orders (customer text);
    GRANT USAGE ON SCHEMA shop TO ${user}, ${clerk}; GRANT SELECT, INSERT ON shop.orders TO ${user}, ${clerk}`);
  const { href } = Object.assign(new URL(database.ownerUrl), { username: user, password: "user" });
  const pool = openPool({ connectionString: href, max: 3 });
  const url = `${href}?role=${role}`;
  const db = await open(url, { sweep: false });
  afterAll(async () => {
    await Promise.all([db.close(), pool.end()]);
    await admin.query(`DROP SCHEMA shop CASCADE; DROP OWNED BY ${user}, ${clerk}; DROP ROLE ${user}, ${clerk}`);
    await admin.end();
    await database[Symbol.asyncDispose]();
  });
  return {
    db,
    url,
    pool,
    role,
    clerk,
    admin,
    async permit(isMember) {
      await admin.query(isMember ? `GRANT ${role} TO ${user}` : `REVOKE ${role} FROM ${user}`);
    },
    async connect() {
      const client = new Client(href);
      await client.connect();
      return client;
    },
    async order(client, by) {
      await client.query("INSERT INTO shop.orders VALUES ($1)", [by]);
    },
    async ordersBy(by) {
      return (await admin.query("SELECT FROM shop.orders WHERE customer = $1", [by])).rows.length;
    },
  };
}
