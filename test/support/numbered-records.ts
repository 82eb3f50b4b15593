// SPDX-License-Identifier: Apache-2.0
/** Records like `{"n":1}`, and a parser, mapper and encoder for them that keep where each came from. */
import { defaultResource } from "@opentelemetry/resources";
import type { EncodedRequest } from "../../src/export/exporter.ts";
import type { BlobIdentity, EncodedRecord } from "../../src/model.ts";
import { createUnderstand } from "../../src/understanding.ts";

/** One line of a record. */
export function line(number: number): string {
  return `{"n":${number}}\n`;
}

/** Lines `from` to `to`, both included. */
export function lines(from: number, to: number): string {
  let text = "";
  for (let number = from; number <= to; number++) text += line(number);
  return text;
}

/** The texts of those lines as the receiver gets them. */
export function textsOf(from: number, to: number): string[] {
  return lines(from, to).trimEnd().split("\n");
}

/** A larger request takes longer, as with gzip in the thread pool: nothing may rely on the order of ends. */
export async function encodeSlowly(records: readonly EncodedRecord[]): Promise<EncodedRequest> {
  const bodies = records.map(({ buffer, from, to }) => buffer.toString("utf8", from, to));
  const body = Buffer.from(`[${bodies.join(",")}]`);
  for (let turn = 0; turn < records.length; turn++) await Promise.resolve();
  return { body, contentEncoding: undefined, recordCount: records.length };
}

export function uidOf({ name, createdAtMs }: BlobIdentity, offset: number): string {
  return `${name}@${createdAtMs / 1000}:${offset}`;
}

const resource = defaultResource();
const scope = { name: "test" };

export const understand = createUnderstand({
  parse: (bytes) => {
    const text = bytes.toString("utf8");
    try {
      return { kind: "ok", event: JSON.parse(text) as unknown, text };
    } catch {
      return { kind: "malformed", reason: "not-json", detail: "not JSON" };
    }
  },
  map: (_event, text, offset, { blob }) => {
    const uid = uidOf(blob, offset);
    const buffer = Buffer.from(JSON.stringify({ uid, blob, offset, text }));
    const place = { buffer, from: 0, to: buffer.length };
    const logRecord = { ...place, hrTime: [1, 0] as [number, number], resource, scope };
    return { logRecord, uid, approxBytes: text.length };
  },
  recordUid: ({ blob }, offset) => uidOf(blob, offset),
});
