// SPDX-License-Identifier: Apache-2.0
/** The thin shell around `loadConfig`: reads files from the disk, at start, synchronously. */
import { readFileSync } from "node:fs";
import { loadConfig, type ConfigNeeds, type LoadResult } from "./load.ts";
import type { Environment, Flags } from "./sources.ts";
import type { FileText } from "./tls.ts";

/** Reads the configuration with files from the disk. Never throws for anything an operator wrote. */
export function readConfig(env: Environment, flags: Flags, needs: ConfigNeeds): LoadResult {
  return loadConfig({ env, flags, readFile: readTextFile }, needs);
}

/** A file's text, or the system's code for why it cannot be read. */
export function readTextFile(path: string): FileText {
  try {
    return { kind: "text", text: readFileSync(path, "utf8") };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    return { kind: "unreadable", reason: code };
  }
}
