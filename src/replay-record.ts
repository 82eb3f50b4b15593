// SPDX-License-Identifier: Apache-2.0
/**
 * A dead letter as the record that it once was (pure): bytes, position and origin, all from the entry, so that the
 * record that is sent again has the uid that the entry has. What cannot be the same record again is refused in words.
 */
import { hourOfBlob, parseResource, resourcePrefixOf } from "./discover/blob-path.ts";
import type { DeadLetter, MappedRecord, RawRecord, RecordOrigin } from "./model.ts";
import { isDeadLetter } from "./understanding.ts";
import type { Understand } from "./understanding.ts";

export type Rebuilt =
  | { readonly kind: "record"; readonly record: MappedRecord }
  /** Why it stays, without anything of its content. */
  | { readonly kind: "no-record"; readonly why: string };

/** Maps a letter's original as it would be mapped today. `observedAtMs` is undefined where it is to be omitted. */
export function rebuildRecord(
  letter: DeadLetter,
  understand: Understand,
  observedAtMs: number | undefined,
): Rebuilt {
  const no = (why: string): Rebuilt => ({ kind: "no-record", why });
  const { range, bytes, blob } = letter;
  const length = range.end - range.start;
  if (letter.reason === "oversize" || bytes.length !== length) {
    return no(
      `only its first ${bytes.length} of ${length} bytes are kept; the rest is in the blob`,
    );
  }
  const prefix = resourcePrefixOf(blob.name);
  if (prefix === undefined) return no("its blob has not the name of an hour blob");
  const origin: RecordOrigin = {
    resource: parseResource(prefix),
    blob,
    hourMs: hourOfBlob(blob.name),
    observedAtMs,
  };
  const understood = understand(toRaw(letter), origin);
  if (understood === undefined) return no("it is blank");
  if (isDeadLetter(understood)) return no(`it still cannot be mapped (${understood.reason})`);
  if (understood.uid !== letter.uid) {
    return no("its position gives another uid than it has: the entry was changed");
  }
  return { kind: "record", record: understood };
}

function toRaw({ range, bytes }: DeadLetter): RawRecord {
  return {
    tile: range,
    offset: range.start,
    length: bytes.length,
    buffer: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    from: 0,
    to: bytes.length,
    isOversize: false,
    // Nothing is counted on from here: the record's blob was settled long ago.
    crcAtEnd: 0,
    framingAtEnd: "unknown",
  };
}
