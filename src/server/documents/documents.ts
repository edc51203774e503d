import { Hono } from "hono";
import { docsPage, docsPolicy } from "./docs-page.js";
import { openApi } from "./openapi.js";
import { refuseMethod } from "../refuse-method.js";
import type { ServerEnv } from "../request-variables.js";

/** What anybody may read of a server: its OpenAPI document, and a page of it. */
export function documents(): Hono<ServerEnv> {
  const app = new Hono<ServerEnv>();
  let document: string | undefined;
  let page: string | undefined;
  app.get("/openapi.json", (c) => {
    document ??= JSON.stringify(openApi());
    return c.body(document, 200, { "Content-Type": "application/json" });
  });
  app.get("/docs", (c) => {
    page ??= docsPage(openApi());
    return c.html(page, 200, { "Content-Security-Policy": docsPolicy });
  });
  for (const path of ["/openapi.json", "/docs"]) app.all(path, refuseMethod("GET, HEAD"));
  return app;
}
