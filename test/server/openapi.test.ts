import { open } from "holdfast";
import { createHandler } from "holdfast/server";
import { beforeAll, describe, expect, it } from "vitest";
import { lanes } from "../../dist/wire/lanes.js";
import { routes } from "../../dist/wire/routes.js";

/** Some of what a JSON Schema may say. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: unknown;
  readonly oneOf?: readonly Schema[];
  readonly [keyword: string]: unknown;
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, { readonly post?: Operation; readonly get?: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly tags: readonly { readonly name: string }[];
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly requestBody: {
    readonly content: { readonly "application/json": { readonly schema: Schema; readonly example: object } };
  };
  readonly responses: Readonly<Record<string, unknown>>;
}

let served: Response;
let document: OpenApi;
let page: Response;
let html: string;

beforeAll(async () => {
  await using db = await open("memory:");
  // Nobody is known to this server: both need no token.
  const handle = createHandler(db);
  served = await handle(new Request("http://holdfast.test/openapi.json"));
  document = (await served.json()) as OpenApi;
  page = await handle(new Request("http://holdfast.test/docs"));
  html = await page.text();
});

describe("/openapi.json", () => {
  it("is an OpenAPI 3.1 document with one operation for each route", () => {
    expect(served.status).toBe(200);
    expect(served.headers.get("Content-Type")).toBe("application/json");
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(Object.keys(document.paths)).toEqual([
      ...routes.map(({ path }) => path),
      ...Object.values(lanes),
      "/v1/log/tail",
      "/healthz",
      "/readyz",
      "/metrics",
      "/openapi.json",
      "/docs",
    ]);
  });

  it("names every operation once, under a tag that there is", () => {
    const operations = Object.values(document.paths).flatMap(({ post, get }) => post ?? get ?? []);
    const names = operations.map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
    const tags = document.tags.map(({ name }) => name);
    for (const { tags: own } of operations) expect(tags).toEqual(expect.arrayContaining([...own]));
    for (const tag of tags) expect(operations.filter(({ tags: own }) => own.includes(tag))).not.toEqual([]);
  });

  it("refers to nothing that it does not have", () => {
    const broken = refsIn(document).filter((ref) => resolve(ref) === undefined);
    expect(refsIn(document).length).toBeGreaterThan(500);
    expect(broken).toEqual([]);
  });

  it("has no component that nothing refers to", () => {
    const used = new Set(refsIn(document));
    const unused = Object.keys(document.components.schemas).filter((id) => !used.has(`#/components/schemas/${id}`));
    expect(unused).toEqual([]);
  });

  it("is free of keywords of zod and of empty schemas where something is known", () => {
    const text = JSON.stringify(document);
    expect(text).not.toContain("$schema");
    expect(text).not.toContain("$id");
    expect(text).not.toContain("$defs");
    expect(text).not.toContain("__shared");
  });

  it("says of every field of a body what it is, what it is for and what bounds it", () => {
    const wrong: string[] = [];
    for (const { operationId, requestBody } of posts()) {
      const { schema } = requestBody.content["application/json"];
      checkGiven(schema, operationId, wrong, new Set());
    }
    expect(wrong).toEqual([]);
  });

  it("has, of each operation, an example with every field that must be there", () => {
    for (const { operationId, requestBody } of posts()) {
      const { schema, example } = requestBody.content["application/json"];
      const { required = [] } = resolved(schema) as { readonly required?: readonly string[] };
      expect(Object.keys(example), operationId).toEqual(expect.arrayContaining([...required]));
    }
  });

  it("says of each operation what every error looks like", () => {
    for (const { operationId, responses } of posts()) {
      const statuses = [
        "200",
        "400",
        "401",
        "403",
        "404",
        "405",
        "408",
        "409",
        "413",
        "415",
        "429",
        "431",
        "499",
        "500",
        "501",
        "503",
        "504",
      ];
      expect(Object.keys(responses), operationId).toEqual(statuses);
    }
  });
});

describe("/docs", () => {
  it("lists every operation with a command that tries it", () => {
    expect(page.status).toBe(200);
    for (const { name, path } of routes) {
      expect(html).toContain(`<h3 id="${name}">${name}</h3>`);
      expect(html).toContain(`curl &quot;$HOLDFAST_URL${path}&quot;`);
    }
  });

  it("loads and runs nothing, and may not", () => {
    expect(page.headers.get("Content-Security-Policy")).toMatch(/^default-src 'none'; style-src 'sha256-[^ ]+'; /);
    expect(html).not.toMatch(/<(script|link|img|iframe|form)\b|\son\w+=|javascript:|url\(|@import/);
    expect(html.match(/(?:src|href)="[^"]*"/g)).toEqual(['href="/openapi.json"']);
  });
});

/** The operations that take a body. */
function posts(): readonly Operation[] {
  return Object.values(document.paths).flatMap(({ post }) => post ?? []);
}

/** Notes what is wrong with the schema of something that a caller gives. A lease is shown as a fence as it was answered, whole. */
function checkGiven(given: Schema, at: string, wrong: string[], seen: Set<Schema>): void {
  const schema = resolved(given);
  if (seen.has(schema)) return;
  seen.add(schema);
  if (schema.oneOf !== undefined || schema["anyOf"] !== undefined) {
    for (const one of (schema.oneOf ?? schema["anyOf"]) as readonly Schema[]) checkGiven(one, at, wrong, seen);
    return;
  }
  const isUserJson = schema.type === "object" && schema.properties === undefined;
  if (schema.type === "object" && !isUserJson && schema.additionalProperties !== false && !at.endsWith(".fence")) {
    wrong.push(`${at} takes fields that are not known`);
  }
  if (schema.type === "string" && schema["maxLength"] === undefined && !hasValues(schema))
    wrong.push(`${at} has no maxLength`);
  if (schema.type === "integer" && (schema["minimum"] === undefined || schema["maximum"] === undefined)) {
    wrong.push(`${at} has no bounds`);
  }
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const path = `${at}.${name}`;
    if ((field.description ?? resolved(field).description) === undefined) wrong.push(`${path} has no description`);
    checkGiven(field, path, wrong, seen);
  }
  if (schema.items !== undefined && !isUserJsonList(schema)) checkGiven(schema.items, `${at}[]`, wrong, seen);
}

function hasValues(schema: Schema): boolean {
  return schema["enum"] !== undefined || schema["const"] !== undefined || schema["contentEncoding"] !== undefined;
}

/** Parts, events and records are the caller's own. */
function isUserJsonList({ items }: Schema): boolean {
  return (
    items?.$ref === "#/components/schemas/ExportRecord" ||
    (items?.type === "object" && items.additionalProperties === undefined)
  );
}

function resolved(schema: Schema): Schema {
  return schema.$ref === undefined ? schema : (resolve(schema.$ref) as Schema);
}

/** What a `$ref` points to. */
function resolve(ref: string): unknown {
  let found: unknown = document;
  for (const step of ref.replace(/^#\//, "").split("/")) found = (found as Record<string, unknown> | undefined)?.[step];
  return found;
}

function refsIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const { $ref } = value as { readonly $ref?: unknown };
  return [...(typeof $ref === "string" ? [$ref] : []), ...Object.values(value).flatMap(refsIn)];
}
