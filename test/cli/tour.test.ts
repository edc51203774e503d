import { describe, expect, it } from "vitest";
import { runCli, temporaryFolder } from "./run-cli.js";

describe("the tour", () => {
  it("finds everything as promised, and does so again on the same store", async () => {
    using folder = temporaryFolder();
    const began = performance.now();
    for (let run = 1; run <= 2; run++) {
      const { status, stdout, stderr } = await runCli(["tour"], { cwd: folder.path });
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      expect(stdout).not.toContain("✗");
      expect(stdout).toMatch(/SIGKILL, with turn \d+ begun/);
      expect(stdout).toContain("✓ globex writes to it: NOT_FOUND");
      expect(stdout).toContain("npx holdfast threads --tenant acme");
    }
    expect(performance.now() - began).toBeLessThan(20_000);
    const { stdout } = await runCli(["threads", "--tenant", "acme", "--json"], { cwd: folder.path });
    expect(stdout.trim().split("\n")).toHaveLength(2);
  });

  it("prints one JSON document with --json", async () => {
    using folder = temporaryFolder();
    const { status, stdout } = await runCli(["tour", "--json", "--store", "sqlite:./tour.db"], { cwd: folder.path });
    const { checks, acme } = JSON.parse(stdout) as { checks: { ok: boolean }[]; acme: { threadId: string } };
    expect({ status, ok: checks.every(({ ok }) => ok) }).toEqual({ status: 0, ok: true });
    expect(checks.length).toBeGreaterThan(6);
    const shown = await runCli(["show", acme.threadId, "--tenant", "acme", "--store", "sqlite:./tour.db"], {
      cwd: folder.path,
    });
    expect(shown.stdout).toContain("→ look_up_order");
  });

  it.each(["show", "log"])("names a command that shows its thread: %s", async (command) => {
    using folder = temporaryFolder();
    const { stdout } = await runCli(["tour"], { cwd: folder.path });
    const words = new RegExp(`npx holdfast (${command} \\S+ --tenant acme)$`, "m").exec(stdout)![1]!.split(" ");
    expect(await runCli(words, { cwd: folder.path })).toMatchObject({ status: 0, stderr: "" });
  });
});
