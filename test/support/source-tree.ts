// SPDX-License-Identifier: Apache-2.0
/** Reads the sources as text and tells who imports whom. */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { fileURLToPath } from "node:url";

export interface Import {
  /** Path below `src/` for our own files, the package or `node:` name otherwise. */
  readonly target: string;
  readonly isOwn: boolean;
  readonly isTypeOnly: boolean;
}

export interface SourceFile {
  /** Path below `src/`, with forward slashes. */
  readonly path: string;
  /** First folder below `src/`; empty for files at the top. */
  readonly folder: string;
  readonly text: string;
  /** The text without comments and strings, for words that only code may be searched for. */
  readonly code: string;
  readonly lines: number;
  readonly imports: readonly Import[];
}

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../src");
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,]+\sfrom\s+)?"([^"]+)"|import\("([^"]+)"\)/g;

export function readSources(): SourceFile[] {
  return readdirSync(ROOT, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
    .sort()
    .map(readSource);
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  return {
    path,
    folder: path.includes("/") ? path.slice(0, path.indexOf("/")) : "",
    text,
    code: text
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/^\s*\/\/.*$/gm, "")
      .replace(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`/g, '""'),
    lines: text.split("\n").length - 1,
    imports: [...text.matchAll(IMPORT)].map(([, typeOnly, static_, dynamic]) =>
      toImport(path, static_ ?? dynamic ?? "", typeOnly !== undefined),
    ),
  };
}

function toImport(from: string, specifier: string, isTypeOnly: boolean): Import {
  const isOwn = specifier.startsWith(".");
  const target = isOwn ? posix.normalize(posix.join(posix.dirname(from), specifier)) : specifier;
  return { target, isOwn, isTypeOnly };
}
