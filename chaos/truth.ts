// SPDX-License-Identifier: Apache-2.0
/**
 * What the runner has written: the only side that all others are measured by. Every record is known here before the
 * service gets its last byte, so whatever arrives anywhere can be looked up. Bytes of deleted blobs stay known.
 */
import { hash } from "node:crypto";
import { recordIdPrefix, recordUid } from "../src/map/record-id.ts";

/**
 * What has to become of a record. `poison` is refused by the receiver whatever else it does, and so has to become a dead
 * letter; `broken` and `oversize` never reach it.
 */
export type Destiny = "record" | "poison" | "broken" | "oversize";

export interface TruthRecord {
  readonly start: number;
  readonly end: number;
  readonly destiny: Destiny;
  readonly bodyHash: string;
}

export interface Found {
  readonly blob: TruthBlob;
  readonly record: TruthRecord;
}

/** Digits of a uid that name the blob. */
const BLOB_DIGITS = 16;

export function hashOf(bytes: Uint8Array | string): string {
  return hash("sha1", bytes, "base64");
}

/** One blob from its creation to its deletion. Another one of the same name is another `TruthBlob`. */
export class TruthBlob {
  readonly name: string;
  readonly isDocument: boolean;
  /** In the order of their positions. */
  readonly records: TruthRecord[] = [];
  /** Prefixes of uids, by creation time: a document has one for each time that it was written. */
  readonly uidPrefixes = new Map<number, string>();
  isGone = false;
  #bytes = Buffer.alloc(4096);
  #length = 0;
  readonly #byStart = new Map<number, TruthRecord>();

  constructor(name: string, isDocument: boolean) {
    this.name = name;
    this.isDocument = isDocument;
  }

  get length(): number {
    return this.#length;
  }

  /** All bytes; of a document, those without its closing brackets. A view: read it before the next append. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
      this.#bytes.copy(larger);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  add(record: TruthRecord): void {
    this.records.push(record);
    this.#byStart.set(record.start, record);
  }

  at(start: number): TruthRecord | undefined {
    return this.#byStart.get(start);
  }

  /** Ids that the record may have: of a document, by the version that was seen first. */
  uidsOf({ start }: TruthRecord): string[] {
    return [...this.uidPrefixes.values()].map((prefix) => recordUid(prefix, start));
  }
}

export class Truth {
  readonly blobs: TruthBlob[] = [];
  readonly #account: string;
  readonly #container: string;
  readonly #byUidPrefix = new Map<string, TruthBlob>();

  constructor(account: string, container: string) {
    this.#account = account;
    this.#container = container;
  }

  get recordCount(): number {
    return this.blobs.reduce((sum, { records }) => sum + records.length, 0);
  }

  begin(name: string, isDocument: boolean): TruthBlob {
    const blob = new TruthBlob(name, isDocument);
    this.blobs.push(blob);
    return blob;
  }

  /** The service created the blob, or wrote it anew, at that time. */
  created(blob: TruthBlob, createdAtMs: number): void {
    const { name } = blob;
    const id = { account: this.#account, container: this.#container, name, createdAtMs };
    const prefix = recordIdPrefix(id);
    blob.uidPrefixes.set(createdAtMs, prefix);
    this.#byUidPrefix.set(prefix, blob);
  }

  find(uid: string): Found | undefined {
    const blob = this.#byUidPrefix.get(uid.slice(0, BLOB_DIGITS));
    const record = blob?.at(Number.parseInt(uid.slice(BLOB_DIGITS), 16));
    return blob && record && { blob, record };
  }

  /** The blob of that name and creation time; undefined where the creation is not known here yet. */
  blobAt(name: string, createdAtMs: number): TruthBlob | undefined {
    return this.blobs.findLast((blob) => blob.name === name && blob.uidPrefixes.has(createdAtMs));
  }
}
