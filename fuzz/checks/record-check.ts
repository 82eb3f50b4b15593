// SPDX-License-Identifier: Apache-2.0
/**
 * What every record is promised: it is mapped, or kept with a reason that is true of it, and either way nothing of it is
 * lost or made up.
 */
import { isUtf8 } from "node:buffer";
import type {
  DeadLetter,
  DeadLetterReason,
  MappedRecord,
  PairedLogRecord,
  RawRecord,
} from "../../src/model.ts";
import { isDeadLetter } from "../../src/understanding.ts";
import type { Understanding } from "../../src/understanding.ts";
import { demand } from "./violation.ts";

/** What became of a record. */
export type Fate = "mapped" | DeadLetterReason;

/** Resources are shared by records: each is looked at once. */
const knownResources = new WeakSet();

/** The record's fate, after it was found to be right; undefined for blank bytes. Throws a Violation. */
export function checkUnderstanding(
  raw: RawRecord,
  understanding: Understanding,
  mapped: PairedLogRecord | undefined,
): Fate | undefined {
  if (raw.length === 0) {
    demand(understanding === undefined, () => `blank bytes at ${raw.offset} became a record`);
    return undefined;
  }
  demand(understanding !== undefined, () => `the record at ${raw.offset} became nothing`);
  const bytes = raw.buffer.subarray(raw.from, raw.to);
  const expected = raw.isOversize ? "oversize" : fateOf(bytes);
  const fate = isDeadLetter(understanding) ? understanding.reason : "mapped";
  demand(fate === expected, () => `the record at ${raw.offset} is ${fate}, not ${expected}`);
  const suffix = raw.offset.toString(16).padStart(16, "0");
  demand(understanding.uid.endsWith(suffix), () => `the uid of ${raw.offset} names another place`);
  if (isDeadLetter(understanding)) checkDeadLetter(raw, understanding, bytes);
  else checkMapped(raw, understanding, mapped);
  return fate;
}

/** What the bytes deserve, by other code than the parser's. */
function fateOf(bytes: Buffer): Fate {
  if (!isUtf8(bytes)) return "invalid-utf8";
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8"));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? "mapped" : "not-an-object";
  } catch {
    return "not-json";
  }
}

function checkDeadLetter(raw: RawRecord, letter: DeadLetter, bytes: Buffer): void {
  const where = (): string => `the dead letter of ${raw.offset}`;
  demand(letter.detail !== "", () => `${where()} has no detail`);
  const { start, end } = letter.range;
  const isPlace = start === raw.offset && end === raw.offset + raw.length;
  demand(isPlace, () => `${where()} names ${start}-${end}`);
  demand(bytes.equals(letter.bytes), () => `${where()} holds other bytes`);
}

function checkMapped(
  raw: RawRecord,
  { logRecord: encoded, approxBytes }: MappedRecord,
  mapped: PairedLogRecord | undefined,
): void {
  const where = (): string => `the log record of ${raw.offset}`;
  demand(mapped !== undefined, () => `${where()} was never made`);
  const body = typeof mapped.body === "string" ? Buffer.from(mapped.body) : Buffer.alloc(0);
  const isBody = body.compare(raw.buffer, raw.from, raw.to) === 0;
  demand(isBody, () => `${where()} has a body that is not the record's bytes`);
  const isTime = mapped.hrTime.every((part) => Number.isSafeInteger(part) && part >= 0);
  demand(isTime, () => `${where()} has the time ${mapped.hrTime.join(", ")}`);
  const dropped = mapped.droppedAttributesCount;
  demand(Number.isSafeInteger(dropped) && dropped >= 0, () => `${where()} dropped ${dropped}`);
  checkPairs(mapped.attributePairs, where);
  if (!knownResources.has(mapped.resource)) {
    knownResources.add(mapped.resource);
    checkPairs(Object.entries(mapped.resource.attributes).flat(), where);
  }
  const encodedBytes = encoded.to - encoded.from;
  const isEncoded = encodedBytes > body.length && approxBytes >= encodedBytes;
  demand(isEncoded, () => `${where()} is encoded in ${encodedBytes} bytes`);
}

function checkPairs(pairs: readonly unknown[], where: () => string): void {
  const names = new Set<unknown>();
  for (let index = 0; index < pairs.length; index += 2) {
    const [name, value] = [pairs[index], pairs[index + 1]];
    const isName = typeof name === "string" && name !== "" && name.isWellFormed();
    demand(isName, () => `${where()} has an attribute called ${JSON.stringify(name)}`);
    demand(!names.has(name), () => `${where()} has ${JSON.stringify(name)} twice`);
    names.add(name);
    const isScalar = typeof value === "string" ? value.isWellFormed() : isFlagOrNumber(value);
    demand(isScalar, () => `${where()}: the value of ${JSON.stringify(name)} is no scalar`);
  }
}

function isFlagOrNumber(value: unknown): boolean {
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));
}
