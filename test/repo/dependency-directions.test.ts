import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the linter must refuse and allow, by the file that imports it. */
const imports: Readonly<Record<string, { readonly refused: readonly string[]; readonly allowed: readonly string[] }>> =
  {
    "src/contract/kv.ts": {
      refused: ["../core/backend.js", "../index.js", "node:fs", "uuid"],
      allowed: ["./app.js"],
    },
    "src/core/turns.ts": {
      refused: [
        "../backends/memory/index.js",
        "../conformance/index.js",
        "../testing/index.js",
        "../cli/main.js",
        "../open.js",
        "../../test/kit.js",
        "holdfast",
        "vitest",
      ],
      allowed: ["./pages.js", "../contract/index.js", "node:crypto", "uuid"],
    },
    "src/backends/memory/kv.ts": {
      refused: [
        "../sqlite/index.js",
        "../../conformance/index.js",
        "../../testing/index.js",
        "../../cli/main.js",
        "../../open.js",
        "../../../test/kit.js",
        "holdfast/sqlite",
      ],
      allowed: ["./schema.js", "../../contract/index.js", "../../core/backend.js"],
    },
    "src/tables/kv.ts": {
      refused: ["../backends/memory/index.js", "../conformance/index.js", "../open.js", "../cli/main.js", "vitest"],
      allowed: ["./schema.js", "../core/rows.js", "../contract/index.js"],
    },
    "src/backends/postgres/driver.ts": {
      refused: ["../sqlite/index.js", "../memory/index.js"],
      allowed: ["../../tables/apply.js", "pg"],
    },
    "src/backends/sqlite/driver.ts": {
      refused: ["../memory/kv.js"],
      allowed: ["libsql", "node:worker_threads"],
    },
    "src/wire/strict-json.ts": {
      refused: ["../server/node.js", "../backends/http/index.js", "../open.js", "../cli/main.js", "vitest"],
      allowed: ["./errors.js", "../contract/index.js", "../core/arguments.js"],
    },
    "src/server/node.ts": {
      refused: ["../backends/memory/index.js", "../open.js", "../cli/main.js", "../testing/index.js", "vitest"],
      allowed: ["./access/principal.js", "../wire/errors.js", "../contract/index.js", "@hono/node-server"],
    },
    "src/conformance/index.ts": {
      refused: [
        "../core/backend.js",
        "../backends/memory/index.js",
        "../testing/index.js",
        "../open.js",
        "vitest",
        "node:fs",
      ],
      allowed: ["./rule.js", "./rules/kv.js", "../contract/index.js", "node:assert", "node:assert/strict"],
    },
    "src/conformance/rules/kv.ts": {
      refused: ["../../core/backend.js", "../../open.js", "../../testing/index.js", "../../../test/kit.js", "vitest"],
      allowed: ["./kv-lists.js", "../rule.js", "../../contract/index.js", "node:assert/strict"],
    },
    "src/wire/kv.ts": {
      refused: ["../server/index.js", "../backends/memory/index.js", "../open.js", "../conformance/index.js", "vitest"],
      allowed: ["./schema.js", "../contract/index.js", "../core/arguments.js", "zod"],
    },
    "src/server/index.ts": {
      refused: ["../open.js", "../backends/memory/index.js", "../cli/main.js", "../conformance/index.js", "holdfast"],
      allowed: ["./access/access.js", "../wire/routes.js", "../core/arguments.js", "../contract/index.js", "hono"],
    },
    "src/testing/index.ts": {
      refused: ["../core/backend.js", "../conformance/index.js"],
      allowed: ["./manual-clock.js", "../contract/index.js"],
    },
    "src/cli/main.ts": {
      refused: ["../backends/sqlite/index.js", "../../test/kit.js", "vitest"],
      allowed: ["./commands/check.js", "../open.js", "../conformance/index.js", "commander"],
    },
    "src/cli/commands/check.ts": {
      refused: ["../../backends/sqlite/index.js", "../../../test/kit.js"],
      allowed: ["../../open.js"],
    },
    "src/index.ts": {
      refused: ["./backends/memory/index.js", "./cli/main.js", "../test/kit.js"],
      allowed: ["./contract/index.js", "./core/session-graph.js", "./open.js"],
    },
    "src/open.ts": {
      refused: ["./cli/main.js", "./conformance/index.js", "./testing/index.js", "../test/kit.js"],
      allowed: ["./contract/index.js", "./core/open-store.js", "./backends/memory/index.js"],
    },
  };

/** The ways to import something, each as one line of code. */
const forms = [
  (specifier: string, line: number): string => `import { a as name${line} } from "${specifier}";`,
  (specifier: string, line: number): string => `import type { A as Name${line} } from "${specifier}";`,
  (specifier: string, line: number): string => `export { a as name${line} } from "${specifier}";`,
  (specifier: string, line: number): string => `export const name${line}: unknown = await import("${specifier}");`,
];

describe("the linter and the directions of dependencies", () => {
  let refusals: readonly string[];

  beforeAll(() => {
    refusals = lintedImports();
  });

  for (const [file, { refused, allowed }] of Object.entries(imports)) {
    it.each(refused)(`refuses that ${file} imports %s`, (specifier) => {
      expect(refusals.filter((refusal) => refusal === `${file} ${specifier}`)).toHaveLength(forms.length);
    });

    it.each(allowed)(`allows that ${file} imports %s`, (specifier) => {
      expect(refusals).not.toContain(`${file} ${specifier}`);
    });
  }
});

describe("importing holdfast", () => {
  it("loads no backend before one is opened", () => {
    const loaded = [...staticImports(path.join(root, "dist", "index.js"))].map((file) => path.relative(root, file));
    expect(loaded).toContain(path.join("dist", "open.js"));
    expect(loaded.filter((file) => file.includes("backends"))).toEqual([]);
  });
});

/** Lints files that import all of the above in every form, and gives `FILE SPECIFIER` for every form that was refused. */
function lintedImports(): readonly string[] {
  const folder = mkdtempSync(path.join(tmpdir(), "holdfast-lint-"));
  try {
    // Type-aware rules need an installed oxlint-tsgolint beside the files; these rules do not.
    const { options: _typeAware, ...config } = JSON.parse(readFileSync(path.join(root, ".oxlintrc.json"), "utf8"));
    writeFileSync(path.join(folder, ".oxlintrc.json"), JSON.stringify(config));
    for (const [file, { refused, allowed }] of Object.entries(imports)) {
      const code = [...refused, ...allowed].map((specifier, index) =>
        forms.map((form, line) => form(specifier, index * forms.length + line)).join("\n"),
      );
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), code.join("\n"));
    }
    return refusedImports(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function refusedImports(folder: string): readonly string[] {
  const oxlint = path.join(root, "node_modules", "oxlint", "bin", "oxlint");
  const { stdout } = spawnSync(process.execPath, [oxlint, "--format=json"], { cwd: folder, encoding: "utf8" });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Record<string, string>[] };
  return diagnostics
    .filter(({ code }) => code === "eslint(no-restricted-imports)")
    .map(({ filename, message }) => `${filename} ${/'(.*?)'/.exec(message ?? "")?.[1]}`);
}

function staticImports(file: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, specifier] of readFileSync(file, "utf8").matchAll(/^(?:import|export)\b[^;]*?"(\.[^"]+)";/gm)) {
    staticImports(path.resolve(path.dirname(file), specifier ?? ""), found);
  }
  return found;
}
