// SPDX-License-Identifier: Apache-2.0
/**
 * Finds `log.record.uid` in every record of an ExportLogsServiceRequest in protobuf (pure). It walks each message down
 * to the attributes and decodes nothing else, so that the receiver does not take the connector's share of the machine.
 * Throws a RangeError for bytes that are no such message.
 */
import { Buffer } from "node:buffer";

const UID_KEY = Buffer.from("log.record.uid");
const LENGTH_DELIMITED = 2;
/** Bytes of a value by wire type; the others are read. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** Calls `onUid` once for each log record, with undefined where it has no uid. */
export function readUids(body: Buffer, onUid: (uid: string | undefined) => void): void {
  new UidReader(body, onUid).read();
}

class UidReader {
  readonly #bytes: Buffer;
  readonly #onUid: (uid: string | undefined) => void;
  #at = 0;

  constructor(bytes: Buffer, onUid: (uid: string | undefined) => void) {
    this.#bytes = bytes;
    this.#onUid = onUid;
  }

  /** resource_logs = 1, scope_logs = 2, log_records = 2 */
  read(): void {
    this.#each(this.#bytes.length, 1, (resourceLogsEnd) => {
      this.#each(resourceLogsEnd, 2, (scopeLogsEnd) => {
        this.#each(scopeLogsEnd, 2, (recordEnd) => {
          this.#onUid(this.#uidOf(recordEnd));
        });
      });
    });
  }

  /** attributes = 6; key = 1, value = 2; string_value = 1 */
  #uidOf(recordEnd: number): string | undefined {
    let uid: string | undefined;
    this.#each(recordEnd, 6, (attributeEnd) => {
      let isUid = false;
      while (this.#at < attributeEnd) {
        const field = this.#varint() >>> 3;
        const end = this.#delimited(attributeEnd);
        if (field === 1) isUid = this.#isUidKey(end);
        else if (isUid) {
          this.#each(end, 1, (textEnd) => {
            uid = this.#bytes.toString("latin1", this.#at, textEnd);
            this.#at = textEnd;
          });
        }
        this.#at = end;
      }
    });
    return uid;
  }

  #isUidKey(end: number): boolean {
    if (end - this.#at !== UID_KEY.length) return false;
    return this.#bytes.compare(UID_KEY, 0, UID_KEY.length, this.#at, end) === 0;
  }

  /** Stands at the beginning of each embedded message `field` up to `end`, and passes over the other fields. */
  #each(end: number, field: number, visit: (messageEnd: number) => void): void {
    while (this.#at < end) {
      const tag = this.#varint();
      const wireType = tag & 7;
      if (wireType === LENGTH_DELIMITED) {
        const messageEnd = this.#delimited(end);
        if (tag >>> 3 === field) visit(messageEnd);
        this.#at = messageEnd;
      } else if (wireType === 0) this.#varint();
      else this.#at += FIXED_BYTES[wireType] ?? Infinity;
      if (this.#at > end) throw new RangeError("a field ends behind its message");
    }
  }

  #delimited(limit: number): number {
    const length = this.#varint();
    const end = this.#at + length;
    if (end > limit) throw new RangeError("a field ends behind its message");
    return end;
  }

  /** Low 32 bits are enough for tags and lengths; of longer numbers only the size matters here. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) break;
      if (shift < 28) value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number without end");
  }
}
