import { groupOf } from "./rule.js";
import type { Rule } from "./rule.js";

/** The table of guarantees as Markdown: one line a rule, by subject. */
export function renderGuarantees(rules: readonly Rule[]): string {
  const groups = [...new Set(rules.map(groupOf))];
  const sections = groups.map((group) =>
    section(
      group,
      rules.filter((rule) => groupOf(rule) === group),
    ),
  );
  return `${introduction(rules.length)}\n${sections.join("\n")}`;
}

function introduction(count: number): string {
  return `# What Holdfast guarantees

Each line is a rule of the conformance kit (\`holdfast/conformance\`), and every backend passes all of them: as it is, with every
write sent through \`tenant.write\`, and, where it is durable, closed and opened again after every write. \`npx holdfast check URL\`
runs them on a store of yours. There are ${count}.

*Source* names the defect that a rule comes from: C, in the systems that Holdfast implements; P, in today's alternatives.
*Durable* rules need a store that outlives its instances, *files* rules one whose files the kit can read.

This page is printed from the rules by \`node scripts/print-guarantees.mjs\`.
`;
}

function section(group: string, rules: readonly Rule[]): string {
  const rows = rules.map((rule) => `| \`${rule.id}\` | ${cell(rule.says)} | ${notes(rule)} |\n`);
  return `## ${group}\n\n| rule | says | source |\n|---|---|---|\n${rows.join("")}`;
}

function notes(rule: Rule): string {
  return [...(rule.sources ?? []), ...(rule.needs === undefined ? [] : [rule.needs])].join(" ");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
