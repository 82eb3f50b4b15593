// SPDX-License-Identifier: Apache-2.0
/** Mutations of bytes that know nothing of JSON but its punctuation: what a torn write or a broken tool leaves. */
import type { RandomSource } from "../../src/simulate/random-source.ts";
import { longLength } from "./odd-values.ts";

type ByteMutation = (bytes: Buffer, random: RandomSource, other: Buffer) => Buffer;

/** Bytes that mean something to a splitter, a decoder or a parser. */
const INSERTS: readonly Buffer[] = [
  ...[
    "\0",
    "\ufeff",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    " \t ",
    "\u2028",
    "{",
    "}",
    "[",
    "]",
    '"',
    ",",
    ":",
    "\\",
  ],
  ...[
    "{}",
    "[]",
    "null",
    '{"records":[',
    "]}",
    "},{",
    "}{",
    "}\n{",
    '"\n',
    "\\n",
    "\\u0000",
    "//",
    "/*",
  ],
  ...[String.raw`\ud800`, String.raw`\udc00`, String.raw`\ud83d\ude00`, String.raw`\uZZZZ`],
  ...['{"__proto__":{"time":1},', '"__proto__":null,', "1e999", "-", "0123456789".repeat(40)],
].map((text) => Buffer.from(text));

/** Stray continuation, overlong, surrogate, beyond Unicode, cut short, never valid. */
const BAD_UTF8: readonly Buffer[] = [
  [0x80],
  [0xc0, 0xaf],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0xff, 0xfe],
].map((codes) => Buffer.from(codes));

const PUNCTUATION = new Set(Buffer.from('{}[]",:\\\n'));

const MUTATIONS: readonly ByteMutation[] = [
  function flipBit(bytes, random) {
    const at = random.below(bytes.length);
    return replace(bytes, at, at + 1, Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]));
  },
  function overwriteByte(bytes, random) {
    const at = random.below(bytes.length);
    return replace(bytes, at, at + 1, Buffer.from([random.below(256)]));
  },
  function cutEnd(bytes, random) {
    return bytes.subarray(0, random.below(bytes.length + 1));
  },
  function cutStart(bytes, random) {
    return bytes.subarray(random.below(bytes.length + 1));
  },
  function removeRange(bytes, random) {
    const [from, to] = range(bytes, random);
    return replace(bytes, from, to, Buffer.alloc(0));
  },
  function repeatRange(bytes, random) {
    const [from, to] = range(bytes, random);
    return replace(bytes, to, to, bytes.subarray(from, to));
  },
  function spliceWithOther(bytes, random, other) {
    const head = bytes.subarray(0, random.below(bytes.length + 1));
    return Buffer.concat([head, other.subarray(random.below(other.length + 1))]);
  },
  function insertOther(bytes, random, other) {
    const at = random.below(bytes.length + 1);
    return replace(bytes, at, at, other);
  },
  function doublePunctuation(bytes, random) {
    const at = punctuationNear(bytes, random);
    return replace(bytes, at, at, bytes.subarray(at, at + 1));
  },
  function dropPunctuation(bytes, random) {
    const at = punctuationNear(bytes, random);
    return replace(bytes, at, at + 1, Buffer.alloc(0));
  },
  function insertOddBytes(bytes, random) {
    const at = random.below(bytes.length + 1);
    return replace(bytes, at, at, random.pick(INSERTS));
  },
  function insertAfterPunctuation(bytes, random) {
    const at = Math.min(bytes.length, punctuationNear(bytes, random) + 1);
    return replace(bytes, at, at, random.pick(INSERTS));
  },
  function insertBadUtf8(bytes, random) {
    const at = random.below(bytes.length + 1);
    return replace(bytes, at, at, random.pick(BAD_UTF8));
  },
  function insertRun(bytes, random) {
    const at = random.below(bytes.length + 1);
    return replace(bytes, at, at, Buffer.alloc(longLength(random), random.pick(INSERTS)));
  },
  function nestDeep(bytes, random) {
    const at = bytes.indexOf("{") + 1;
    const depth = longLength(random) * 2;
    const isClosed = random.chance(0.7);
    const [open, close] = random.chance(0.5) ? ["[", "]"] : ['{"n":', "}"];
    const bomb = `"n":${open.repeat(depth)}0${isClosed ? close.repeat(depth) : ""},`;
    return replace(bytes, at, at, Buffer.from(bomb));
  },
];

/** The bytes changed in one place; `other` is a record to splice with. */
export function mutateBytes(bytes: Buffer, random: RandomSource, other: Buffer): Buffer {
  return bytes.length === 0 ? other : random.pick(MUTATIONS)(bytes, random, other);
}

function replace(bytes: Buffer, from: number, to: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
}

function range(bytes: Buffer, random: RandomSource): [from: number, to: number] {
  const from = random.below(bytes.length);
  return [from, Math.min(bytes.length, from + 1 + random.below(64))];
}

/** The first bracket, quote, comma, … behind a random place; the place itself when none follows. */
function punctuationNear(bytes: Buffer, random: RandomSource): number {
  const from = random.below(bytes.length);
  const found = bytes.subarray(from).findIndex((byte) => PUNCTUATION.has(byte));
  return found < 0 ? from : from + found;
}
