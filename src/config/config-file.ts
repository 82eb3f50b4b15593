// SPDX-License-Identifier: Apache-2.0
/**
 * Reads the text of a configuration file, YAML or JSON (every JSON text is YAML). Pure: the text is given. Finds the
 * options by name, with the line where each stands; a key that no option has is a problem with a suggestion. Problems
 * never quote the file: the line beside the mistake may hold a key.
 */
import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from "yaml";
import type { ConfigProblem } from "./problem.ts";
import { isOptionName, OPTION_NAMES, type OptionName } from "./schema.ts";
import { nearestName } from "./suggestion.ts";

/** One value of the file and where it stands. */
export interface FileEntry {
  readonly value: unknown;
  /** `config.yaml:12`. */
  readonly place: string;
}

export interface ParsedFile {
  readonly entries: ReadonlyMap<OptionName, FileEntry>;
  readonly problems: readonly ConfigProblem[];
}

/** Reads a file's text. A key without a value counts as left out. */
export function parseConfigFile(path: string, text: string): ParsedFile {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\uFEFF/, ""), {
    lineCounter: lines,
    prettyErrors: false,
  });
  const placeOf = (offset: number): string => `${path}:${lines.linePos(offset).line}`;
  const entries = new Map<OptionName, FileEntry>();
  const problems: ConfigProblem[] = document.errors.map((error) => ({
    name: "file",
    origin: placeOf(error.pos[0]),
    message: `not valid YAML or JSON (${error.code.toLowerCase().replaceAll("_", " ")})`,
  }));
  const walk = (map: YAMLMap, prefix: string): void => {
    for (const { key, value } of map.items) {
      const name = `${prefix}${keyText(key)}`;
      const place = placeOf(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
      if (isOptionName(name)) {
        if (entries.has(name)) problems.push({ name, origin: place, message: "is given twice" });
        const plain: unknown = isScalar(value) ? value.value : toPlain(value, document);
        if (plain !== null && plain !== undefined) entries.set(name, { value: plain, place });
      } else if (isMap(value) && isGroup(name)) {
        walk(value, `${name}.`);
      } else if (!isGroup(name) || !isScalar(value) || value.value !== null) {
        problems.push({ name, origin: place, message: unknownKey(name) });
      }
    }
  };
  if (isMap(document.contents)) walk(document.contents, "");
  else if (document.contents !== null && document.errors.length === 0) {
    const message = "the file holds no settings (expected `name: value` lines)";
    problems.push({ name: "file", origin: path, message });
  }
  return { entries, problems };
}

function toPlain(node: unknown, document: ReturnType<typeof parseDocument>): unknown {
  const isNode = typeof node === "object" && node !== null && "toJS" in node;
  return isNode ? (node as YAMLMap).toJS(document) : undefined;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : "(key)";
}

function isGroup(name: string): boolean {
  return OPTION_NAMES.some((option) => option.startsWith(`${name}.`));
}

function unknownKey(name: string): string {
  if (isGroup(name)) return "is a group of settings, not a value";
  const nearest = nearestName(name, OPTION_NAMES);
  return `is no known setting${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
}
