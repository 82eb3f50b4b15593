// SPDX-License-Identifier: Apache-2.0
/**
 * Makes the blobs: mutated records in every arrangement that a blob was ever seen in, and then some damage to the whole.
 * Blob `k` of a seed depends on these two only, so that it can be made alone.
 */
import { createRandomSource } from "../src/simulate/random-source.ts";
import type { RandomSource } from "../src/simulate/random-source.ts";
import { mutateBytes } from "./mutations/byte-mutations.ts";
import { mutateFields } from "./mutations/field-mutations.ts";
import { parseAgain } from "./source-events.ts";
import type { SourceEvent } from "./source-events.ts";

export interface FuzzBlob {
  readonly number: number;
  readonly bytes: Buffer;
  /** Records put in that were mutated. */
  readonly mutatedRecords: number;
  readonly layout: Layout;
  /** What is left of the blob's own chance, for the windows and all else that is checked with it. */
  readonly random: RandomSource;
}

const LAYOUTS = {
  lines: (records) => joined(records, "\n"),
  "crlf lines": (records) => joined(records, "\r\n"),
  "blank lines": (records, random) => joined(records, random.pick(["\n\n", "\n \t\n", "\r\n\r\n"])),
  "several on a line": (records, random) => joined(records, random.pick(["", " ", ",", "\t"])),
  "records document": (records) => enclosed('{"records":[', joined(records, ","), "]}"),
  array: (records, random) => enclosed("[", joined(records, random.pick([",", ",\n"])), "]"),
  "pretty document": (records) =>
    enclosed('{\n  "records": [\n', joined(records.map(pretty), ",\n"), "\n  ]\n}"),
  "pretty objects": (records) => joined(records.map(pretty), "\n"),
  "document lines": (records) =>
    joined(
      records.map((record) => enclosed('{"records":[', record, "]}")),
      "\n",
    ),
} satisfies Record<string, (records: readonly Buffer[], random: RandomSource) => Buffer>;

export type Layout = keyof typeof LAYOUTS;

const LAYOUT_NAMES = Object.keys(LAYOUTS) as Layout[];
/** What a storage account holds; the others are downloads, other clouds and bad luck. */
const USUAL: Layout = "lines";

export function composeBlob(
  sources: readonly SourceEvent[],
  seed: string,
  number: number,
): FuzzBlob {
  const random = createRandomSource(`${seed}/${number}`);
  const count = 1 + Math.floor(random.next() ** 2 * 120);
  const records: Buffer[] = [];
  let mutatedRecords = 0;
  for (let index = 0; index < count; index++) {
    const isMutated = random.chance(0.9);
    if (isMutated) mutatedRecords++;
    const source = random.pick(sources);
    records.push(isMutated ? mutateRecord(source, sources, random) : source.bytes);
  }
  const layout = random.chance(0.7) ? USUAL : random.pick(LAYOUT_NAMES);
  const bytes = damaged(LAYOUTS[layout](records, random), sources, random);
  return { number, bytes, mutatedRecords, layout, random };
}

function mutateRecord(
  source: SourceEvent,
  sources: readonly SourceEvent[],
  random: RandomSource,
): Buffer {
  const kind = random.below(10);
  const times = 1 + Math.floor(random.next() ** 2 * 5);
  let { bytes } = source;
  if (kind < 6) {
    const event = parseAgain(source);
    for (let time = 0; time < times; time++) mutateFields(event, random);
    bytes = Buffer.from(JSON.stringify(event));
  }
  if (kind < 5) return bytes;
  for (let time = 0; time < times; time++) {
    bytes = mutateBytes(bytes, random, random.pick(sources).bytes);
  }
  return bytes;
}

/** The blob with its beginning, its end and now and then its middle changed. */
function damaged(bytes: Buffer, sources: readonly SourceEvent[], random: RandomSource): Buffer {
  let whole = bytes;
  if (random.chance(0.1)) whole = enclosed("\ufeff", whole, "");
  if (random.chance(0.7)) whole = enclosed("", whole, random.pick(["\n", "\n", "\r\n", "\n\n\n"]));
  while (random.chance(0.2)) whole = mutateBytes(whole, random, random.pick(sources).bytes);
  return whole;
}

function joined(records: readonly Buffer[], separator: string): Buffer {
  const between = Buffer.from(separator);
  return Buffer.concat(records.flatMap((record, at) => (at === 0 ? [record] : [between, record])));
}

function enclosed(before: string, bytes: Buffer, after: string): Buffer {
  return Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
}

/** Deeper records are left as they are: how deep JSON.stringify can go depends on the thread's stack. */
const DEEPEST_PRETTY = 100;

/** Indented where it is JSON still. */
function pretty(record: Buffer): Buffer {
  if (bracketDepth(record) > DEEPEST_PRETTY) return record;
  try {
    return Buffer.from(JSON.stringify(JSON.parse(record.toString("utf8")), undefined, 2));
  } catch {
    return record;
  }
}

/** The deepest nesting that the brackets could mean, those in strings counted too. */
function bracketDepth(bytes: Buffer): number {
  let depth = 0;
  let deepest = 0;
  for (const byte of bytes) {
    if (byte === 0x5b || byte === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x5d || byte === 0x7d) depth--;
  }
  return deepest;
}
