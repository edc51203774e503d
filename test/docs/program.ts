import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** Programs in a folder of their own, inside the repository so that `holdfast` is this package, as it was built. */
export interface ProgramFolder extends Disposable {
  /** Compiles the programs, as strictly as the repository, and gives what the compiler says; nothing where all is well. */
  compile(programs: Readonly<Record<string, string>>): string;
  /** Runs a compiled program to its end, and gives all that it printed. Throws where it fails. */
  run(name: string): string;
}

export function programFolder(): ProgramFolder {
  const cache = path.join(root, ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, "programs-"));
  return {
    compile(programs) {
      for (const [name, source] of Object.entries(programs)) writeFileSync(path.join(folder, `${name}.ts`), source);
      const compilerOptions = { noEmit: false, declaration: false, isolatedDeclarations: false };
      const config = { extends: path.join(root, "tsconfig.json"), compilerOptions, include: ["*.ts"] };
      writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify(config));
      return execute([path.join(root, "node_modules/typescript/bin/tsc"), "-p", folder]).printed;
    },
    run(name) {
      const { status, printed } = execute([`${name}.js`]);
      if (status !== 0) throw new Error(`${name} ended with ${status}:\n${printed}`);
      return printed;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };

  function execute(args: readonly string[]): { readonly status: number | null; readonly printed: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
    return { status, printed: stdout + stderr };
  }
}
