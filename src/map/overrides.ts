// SPDX-License-Identifier: Apache-2.0
/**
 * The operator's own changes of the mapping: attributes renamed, left out and added, as data. They
 * are checked once, at start, against the mapping table, so that no record can ever hold a name
 * twice; the per-record path looks a name up and nothing more. Pure.
 */
import { ConnectorError } from "../errors.ts";
import { OTHER_FIELDS_PREFIX, RECORD_ATTRIBUTES, RESOURCE_ATTRIBUTES } from "./attributes.ts";

export interface MappingOverrides {
  /** New names by the names of the table, or `azure.properties.<name>`. */
  readonly rename: Readonly<Record<string, string>>;
  /** Names of attributes to leave out. */
  readonly drop: readonly string[];
  /** Texts for each record, by name. */
  readonly add: Readonly<Record<string, string>>;
}

/** What is wrong with one entry. */
export interface OverrideProblem {
  readonly option: keyof MappingOverrides;
  /** Names the entry, and what is expected. */
  readonly message: string;
}

/** Finds the name that was probably meant; undefined when none is near. */
export type Suggest = (given: string, known: readonly string[]) => string | undefined;

const TABLE_NAMES: readonly string[] = [...RECORD_ATTRIBUTES, ...RESOURCE_ATTRIBUTES].map(
  (rule) => rule.attribute,
);
const TABLE: ReadonlySet<string> = new Set(TABLE_NAMES);
const KNOWN_SOURCE = `an attribute of the mapping, or ${OTHER_FIELDS_PREFIX}.<name>`;
/** Names that receivers live by, and why. */
const FIXED: ReadonlyMap<string, string> = new Map([
  ["log.record.uid", "receivers tell a repeated record by it"],
  ["service.name", "receivers file records under it"],
]);
const MAX_NAME_CHARS = 256;
const MAX_VALUE_CHARS = 1024;

/** Everything that is wrong with the overrides; empty when they can be used. */
export function checkOverrides(overrides: MappingOverrides, suggest: Suggest): OverrideProblem[] {
  const { rename, drop, add } = overrides;
  const sources = Object.keys(rename);
  const gone = new Set([...sources, ...drop]);
  return [
    ...sources.flatMap((name) => problemsOf("rename", name, sourceProblem(name, suggest))),
    ...drop.flatMap((name) => problemsOf("drop", name, sourceProblem(name, suggest))),
    ...drop
      .filter((name, index) => sources.includes(name) || drop.indexOf(name) !== index)
      .flatMap((name) => problemsOf("drop", name, "is named more than once; expected once")),
    ...targetProblems(overrides, gone),
    ...Object.entries(add).flatMap(([name, value]) => problemsOf("add", name, valueProblem(value))),
  ];
}

function problemsOf(
  option: keyof MappingOverrides,
  entry: string,
  problem: string | undefined,
): OverrideProblem[] {
  return problem === undefined ? [] : [{ option, message: `${JSON.stringify(entry)} ${problem}` }];
}

function sourceProblem(name: string, suggest: Suggest): string | undefined {
  const why = FIXED.get(name);
  if (why !== undefined) return `must keep its name: ${why}; expected another attribute`;
  if (isOtherField(name) && /[*\s]/.test(name)) {
    return `is a pattern; expected a whole name: dropping ${OTHER_FIELDS_PREFIX}.<name> drops all fields below it`;
  }
  if (TABLE.has(name) || isOtherField(name)) return undefined;
  const nearest = suggest(name, TABLE_NAMES);
  const advice = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return `is no attribute of the mapping${advice}; expected ${KNOWN_SOURCE}`;
}

/** Names that would be written, each of which must be free. */
function targetProblems(
  { rename, add }: MappingOverrides,
  gone: ReadonlySet<string>,
): OverrideProblem[] {
  const targets = [
    ...Object.entries(rename).map(([from, to]) => ["rename", `${from}=${to}`, to] as const),
    ...Object.keys(add).map((name) => ["add", name, name] as const),
  ];
  const taken = new Set<string>();
  return targets.flatMap(([option, entry, target]) => {
    const problem = targetProblem(target, taken, gone);
    taken.add(target);
    return problemsOf(option, entry, problem);
  });
}

function targetProblem(
  target: string,
  taken: ReadonlySet<string>,
  gone: ReadonlySet<string>,
): string | undefined {
  if (!isName(target)) {
    return `gives a name that receivers cannot hold; expected 1 to ${MAX_NAME_CHARS} characters without blanks`;
  }
  if (isOtherField(target)) {
    return `writes under ${OTHER_FIELDS_PREFIX}, where fields of the record go; expected another name`;
  }
  if (taken.has(target)) return "gives a name that another entry gives; expected a free name";
  if (!TABLE.has(target) || gone.has(target)) return undefined;
  return "gives the name of another attribute; expected a free name, or that one dropped or renamed";
}

function valueProblem(value: string): string | undefined {
  const isGood = value.trim() !== "" && value.length <= MAX_VALUE_CHARS && value.isWellFormed();
  return isGood ? undefined : `has no usable text; expected 1 to ${MAX_VALUE_CHARS} characters`;
}

function isName(name: string): boolean {
  const isShort = name.length >= 1 && name.length <= MAX_NAME_CHARS;
  // Whoever makes an object of the attributes would lose this one.
  return isShort && name !== "__proto__" && name.isWellFormed() && !/[\s\p{Cc}]/u.test(name);
}

function isOtherField(name: string): boolean {
  return name === OTHER_FIELDS_PREFIX || name.startsWith(`${OTHER_FIELDS_PREFIX}.`);
}

/** The overrides as the per-record path uses them. */
export class AttributeNames {
  /** Names and texts for each record. */
  readonly added: readonly (readonly [name: string, text: string])[];

  /** New names; undefined for a name that is left out. */
  readonly #changed = new Map<string, string | undefined>();
  readonly #dropped: ReadonlySet<string>;

  constructor({ rename, drop, add }: MappingOverrides) {
    this.#dropped = new Set(drop);
    for (const [from, to] of Object.entries(rename)) this.#changed.set(from, to);
    for (const name of drop) this.#changed.set(name, undefined);
    this.added = Object.entries(add);
  }

  /** The name under which an attribute is written; undefined when it is left out. */
  nameOf(attribute: string): string | undefined {
    if (this.#changed.has(attribute)) return this.#changed.get(attribute);
    return this.#isBelowDropped(attribute) ? undefined : attribute;
  }

  /** Fields of an object go with it. */
  #isBelowDropped(attribute: string): boolean {
    if (!attribute.startsWith(OTHER_FIELDS_PREFIX)) return false;
    let end = attribute.lastIndexOf(".");
    for (; end >= OTHER_FIELDS_PREFIX.length; end = attribute.lastIndexOf(".", end - 1)) {
      if (this.#dropped.has(attribute.slice(0, end))) return true;
    }
    return false;
  }
}

/**
 * Undefined where nothing is overridden, so that the per-record path need not ask. Throws
 * CONFIG_INVALID, with all of them, for overrides that cannot be used: for those who come here
 * without the configuration's own check.
 */
export function attributeNames(
  overrides: MappingOverrides | undefined,
): AttributeNames | undefined {
  if (overrides === undefined) return undefined;
  const { rename, drop, add } = overrides;
  const isEmpty =
    Object.keys(rename).length === 0 && drop.length === 0 && Object.keys(add).length === 0;
  if (isEmpty) return undefined;
  const problems = checkOverrides(overrides, () => undefined);
  if (problems.length === 0) return new AttributeNames(overrides);
  const lines = problems.map(({ option, message }) => `mapping.${option}: ${message}`);
  throw new ConnectorError("CONFIG_INVALID", lines.join("\n"));
}
