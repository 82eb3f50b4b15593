// SPDX-License-Identifier: Apache-2.0
/**
 * The sources as plain JavaScript in a directory of their own, for the measured process: what users run is compiled,
 * and Node's type stripping alone would add about 26 MB to its memory. Unlike `dist/` it is never stale.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface CompiledSources {
  readonly cliPath: string;
  readonly probePath: string;
  remove(): Promise<void>;
}

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const PROBE = "bench/end-to-end/connector-probe";
/** Inside the project, so that packages are found; ignored by git, lint and the package. */
const CACHE = join(PROJECT, ".cache");
const RELATIVE_IMPORT = /(["'])(\.{1,2}\/[^"'\n]+)\.ts\1/g;

/** Compiles `src/` and the probe. */
export async function compileSources(): Promise<CompiledSources> {
  await mkdir(CACHE, { recursive: true });
  const target = await mkdtemp(join(CACHE, "bench-"));
  const sources = await readdir(join(PROJECT, "src"), { recursive: true });
  const names = sources.filter((name) => name.endsWith(".ts")).map((name) => join("src", name));
  for (const name of [...names, `${PROBE}.ts`]) await compile(name, target);
  return {
    cliPath: join(target, "src/cli.js"),
    probePath: join(target, `${PROBE}.js`),
    remove: () => rm(target, { recursive: true, force: true }),
  };
}

async function compile(name: string, target: string): Promise<void> {
  const source = await readFile(join(PROJECT, name), "utf8");
  const script = stripTypeScriptTypes(source).replaceAll(RELATIVE_IMPORT, "$1$2.js$1");
  const path = join(target, name.replace(/\.ts$/, ".js"));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, script);
}
