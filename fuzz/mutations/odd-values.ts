// SPDX-License-Identifier: Apache-2.0
/** Values, names and bytes that have broken somebody's program before. */
import type { RandomSource } from "../../src/simulate/random-source.ts";

/** A value that JSON.stringify writes as this text: a number or an escape that no JavaScript value stands for. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}

const SCALARS: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  401,
  1e308,
  5e-324,
  Number.MAX_SAFE_INTEGER,
  "",
  " ",
  "-",
  "(unknown)",
  "true",
  "0x10",
  "1e3",
  "9007199254740993",
  "\0",
  "a\r\nb",
  "\u2028\u2029\ufeff\ufffd",
  "\u202egnp.exe",
  "😀".repeat(9),
  "__proto__",
  "{",
  '{"claim":{"oid":"x"}}',
  '{"claim":{"__proto__":{"oid":"x"}}}',
  '{"claims":[1,{"oid":null}]}',
].concat(["1e999", "-1e999", "123456789012345678901234567890", "1E-400"].map(rawJson) as never[]);

const ESCAPES: readonly unknown[] = [
  String.raw`"\ud800"`,
  String.raw`"\udc00\ud800"`,
  String.raw`"a\ud83dz"`,
  String.raw`"\u0000"`,
  String.raw`"\/\b\f"`,
].map(rawJson);

const TIMES: readonly string[] = [
  "2026-03-14T09:26:53.1234567890123Z",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59Z",
  "2026-02-30T00:00:00Z",
  "2026-03-14T23:59:60Z",
  "2026-03-14T09:26:53+99:99",
  "2026-03-14T09:26:53.",
  "1/9/2007 9:41:00 AM",
  "1773480413",
];

const TEXTS: readonly string[] = [
  "https://u:p@h:1/keys/a/b?sig=x&%73ig=y#z",
  "https://h/keys/%00/%zz?a%zz=1",
  "https://[::1]:70000/secrets//?",
  "https://h/certificates/../keys?;sig=1",
  "//@@//?=&=&",
  "/subscriptions//resourceGroups//providers///",
  "/SUBSCRIPTIONS/a/RESOURCEGROUPS/b/PROVIDERS/MICROSOFT.KEYVAULT/VAULTS/\0",
  "[::1]:7",
  "::ffff:1.2.3.4",
  "1.2.3.4:65536",
  "TLS1_3",
];

/** What a pattern that backtracks would choke on, repeated. */
const RUNS: readonly string[] = [
  "a",
  "/",
  "//",
  "@",
  "?sig=",
  "&",
  "=",
  "%",
  ":",
  "[",
  " ",
  "\\",
  "é",
];

const ODD_NAMES: readonly string[] = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "",
  ".",
  "properties",
  "properties.id",
  "claim.oid",
  "log.record.uid",
  "azure.properties",
  "time",
  "Time",
  "\ud800",
  "\0",
  "é".repeat(300),
];

/** A JSON value of any type; long or nested now and then. */
export function oddValue(random: RandomSource): unknown {
  const kind = random.below(20);
  if (kind < 9) return random.pick(SCALARS);
  if (kind < 11) return random.pick(ESCAPES);
  if (kind < 13) return random.pick(TIMES);
  if (kind < 16) return random.pick(TEXTS);
  if (kind === 16) return random.pick(RUNS).repeat(longLength(random));
  if (kind === 17) return Array.from({ length: random.below(6) }, () => oddValue(random));
  if (kind === 18) return { [oddName(random)]: oddValue(random), b: oddValue(random) };
  return manyFields(random);
}

export function oddName(random: RandomSource): string {
  return random.pick(ODD_NAMES);
}

/** Mostly some dozen, one in a hundred beyond ten thousand: what is not linear shows, what is stays quick. */
export function longLength(random: RandomSource): number {
  return Math.ceil(2 ** (4 + random.next() ** 10 * 11));
}

/** More fields than any bound on attributes lets through. */
function manyFields(random: RandomSource): Record<string, unknown> {
  const count = 20 + random.below(60);
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`field${index}`, random.pick(SCALARS)]),
  );
}
