import { createHash } from "node:crypto";
import type { Document } from "./openapi.js";

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h2{margin-top:3rem}h3{margin-top:2.5rem;font-family:ui-monospace,monospace}
table{border-collapse:collapse;width:100%}td{border-top:1px solid #d8dee4;padding:.3rem .8rem .3rem 0;vertical-align:top}
td:first-child{font-family:ui-monospace,monospace;white-space:nowrap}td small{color:#59636e}
pre{background:#f6f8fa;padding:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}`;

/** Nothing but the page's own style may load or run. */
export const docsPolicy: string = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A page that lists every operation of an OpenAPI document, with its fields and a command that tries it. */
export function docsPage(document: Document): string {
  const { info, tags, paths } = document as unknown as OpenApi;
  const schemas = (document as unknown as OpenApi).components.schemas;
  const sections = tags.map(({ name, description }) => {
    const own = Object.entries(paths).flatMap(([path, { post, get }]) => [
      post?.tags.includes(name) === true ? operationHtml(path, post, schemas) : "",
      get?.tags.includes(name) === true ? getHtml(path, get) : "",
    ]);
    return `<h2>${escaped(name)}</h2><p>${escaped(description)}</p>${own.join("")}`;
  });
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(info.title)}</title><style>${style}</style></head><body><h1>${escaped(info.title)}</h1><p>${escaped(info.description)} The same for programs: <a href="/openapi.json">/openapi.json</a>.</p>${sections.join("")}</body></html>`;
}

function operationHtml(path: string, operation: Operation, schemas: Schemas): string {
  const { schema, example } = operation.requestBody.content["application/json"];
  return `<h3 id="${escaped(operation.operationId)}">${escaped(operation.operationId)}</h3><p>${escaped(operation.description)}</p><table>${rows("", resolved(schema, schemas), schemas)}</table><pre>${escaped(curl(path, example))}</pre>`;
}

function getHtml(path: string, { operationId, description, parameters = [] }: Get): string {
  const rows = parameters.flatMap(({ name, description, required }) =>
    name === undefined
      ? []
      : `<tr><td>${escaped(name)}${required === true ? "" : " <small>optional</small>"}</td><td>${escaped(description ?? "")}</td></tr>`,
  );
  const query = parameters.filter(({ required }) => required === true).map(({ name }) => `${name}=…`);
  const url = `$HOLDFAST_URL${path}${query.length === 0 ? "" : `?${query.join("&")}`}`;
  return `<h3 id="${escaped(operationId)}">${escaped(operationId)}</h3><p>${escaped(description)}</p><table>${rows.join("")}</table><pre>${escaped(`curl "${url}" -H "Authorization: Bearer $HOLDFAST_TOKEN"`)}</pre>`;
}

/** A row for each field, and for the fields in it where it is an object. */
function rows(prefix: string, schema: Schema, schemas: Schemas): string {
  return Object.entries(schema.properties ?? {})
    .map(([name, given]) => {
      const field = resolved(given, schemas);
      const isRequired = schema.required?.includes(name) === true;
      const path = `${prefix}${name}`;
      return `<tr><td>${escaped(path)}${isRequired ? "" : " <small>optional</small>"}</td><td>${escaped(given.description ?? field.description ?? "")} <small>${escaped(kindOf(field))}</small></td></tr>${rows(`${path}.`, field, schemas)}`;
    })
    .join("");
}

function kindOf(schema: Schema): string {
  const forms = schema.oneOf ?? schema.anyOf;
  if (forms !== undefined)
    return forms.map((form) => (form.$ref === undefined ? formOf(form) : "a value")).join(" or ");
  const { type, enum: values, minimum, maximum, minLength, maxLength, maxItems } = schema;
  const isBounded = (bound: number | undefined): bound is number => bound !== undefined && Math.abs(bound) < 1e15;
  return [
    values === undefined ? [type].flat().join(" or ") : values.map((value) => JSON.stringify(value)).join(" or "),
    ...(isBounded(minimum) ? [`from ${minimum}`] : []),
    ...(isBounded(maximum) ? [`to ${maximum}`] : []),
    ...(minLength === 1 ? ["not empty"] : []),
    ...(maxLength === undefined ? [] : [`up to ${maxLength} bytes`]),
    ...(maxItems === undefined ? [] : [`up to ${maxItems} items`]),
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** One of the forms that something may have: an object by its fields. */
function formOf(form: Schema): string {
  return form.properties === undefined ? kindOf(form) : `{ ${Object.keys(form.properties).join(", ")} }`;
}

function curl(path: string, example: unknown): string {
  const body = JSON.stringify(example).replaceAll("'", String.raw`'\''`);
  return `curl "$HOLDFAST_URL${path}" -H "Authorization: Bearer $HOLDFAST_TOKEN" -H "Content-Type: application/json" -d '${body}'`;
}

function resolved(schema: Schema, schemas: Schemas): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (schemas[name] ?? schema);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

type Schemas = Readonly<Record<string, Schema>>;

interface OpenApi {
  readonly info: { readonly title: string; readonly description: string };
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, { readonly post?: Operation; readonly get?: Get }>>;
  readonly components: { readonly schemas: Schemas };
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly description: string;
  readonly requestBody: {
    readonly content: { readonly "application/json": { readonly schema: Schema; readonly example: unknown } };
  };
}

interface Get {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly description: string;
  readonly parameters?: readonly {
    readonly name?: string;
    readonly description?: string;
    readonly required?: boolean;
  }[];
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Schemas;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
}
