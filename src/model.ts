// SPDX-License-Identifier: Apache-2.0
/**
 * The nouns that every stage shares. Nothing here has behaviour, and nothing here imports from `src/`.
 *
 * Glossary
 * - resource    one audited thing (a Managed HSM, a vault, an attestation provider) that owns a folder of hour blobs
 * - hour blob   `…/y=/m=/d=/h=/m=00/PT1H.json`: what one resource logged in one hour *of receipt*
 * - record      one AuditEvent as it stands in the blob: bytes with a position
 * - tile        the byte range that a record owns, with the blank bytes before it; tiles cover a blob without gap
 * - framing     how the bytes from a position on are cut into records: lines, or a document with envelopes
 * - cursor      a position: a blob's identity, a byte offset and the framing there
 * - checkpoint  cursors made durable
 * - segment     the neighbouring tiles of one blob that travel in one batch
 * - batch       records exported together, with the segments they cover
 * - ack         "this segment needs no further work": delivered, uncertain, dead-lettered or filtered
 * - dead letter an original kept durably with its position and the reason
 *
 * Offsets and lengths are bytes and plain numbers: blobs stay far below 2^53 bytes. Times ending in `Ms` are epoch
 * milliseconds.
 */
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";

/** One audited resource, as its folder in the container names it. */
export interface AuditedResource {
  /** Blob name prefix exactly as listed, with the final slash: the resource's key everywhere. */
  readonly prefix: string;
  /** ARM id, case as in the path: `/SUBSCRIPTIONS/…/MANAGEDHSMS/CONTOSOMHSM`. */
  readonly resourceId: string;
  readonly subscriptionId: string | undefined;
  readonly resourceGroup: string | undefined;
  /** `MICROSOFT.KEYVAULT`, case as in the path. */
  readonly provider: string | undefined;
  /** `MANAGEDHSMS` | `VAULTS` | …, case as in the path. */
  readonly type: string | undefined;
  readonly name: string;
}

/** What makes a blob this blob and not a later one of the same name. */
export interface BlobIdentity {
  /** Lower-case storage account name. */
  readonly account: string;
  readonly container: string;
  /** Blob name as listed. */
  readonly name: string;
  /** Creation time, whole seconds (the service's own resolution). */
  readonly createdAtMs: number;
}

/** Half-open byte range `[start, end)` of a blob. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type FramingKind =
  /** One record a line; several objects on a line, or an envelope on a line, are cut apart. */
  | "json-lines"
  /** Anything else that holds JSON objects: `{"records":[…]}`, `[…]`, pretty-printed or concatenated objects. */
  | "document";

/** The brackets of envelopes that stand open, outermost first: `{[` is inside `{"records":[`, `{` behind its records. */
export type OpenBrackets = "" | "[" | "{[" | "{" | "[{[" | "[{";

/**
 * What a reader that begins at a position of a document cannot see: `@4`, the position is the first content of its line,
 * at column 4; `!4`, it lies inside a broken record that began at column 4. In JSON Lines, `@0`: inside a line that is
 * being cut apart.
 */
export type FramingMark = "" | `@${number}` | `!${number}`;

/**
 * How the bytes behind a position are cut into records, so that a reader that begins in the middle of a document knows
 * where it is. `unknown`: nothing was seen yet that tells. A text, so that every position can carry it for nothing.
 */
export type Framing =
  "unknown" | `${FramingKind}${"" | `:${Exclude<OpenBrackets, "">}`}${FramingMark}`;

/**
 * One record cut out of a blob, or a line too long to be kept.
 * `buffer.subarray(from, to)` is the record's own text: no blanks around it, no BOM, no separators.
 */
export interface RawRecord {
  /** The bytes this record owns in the blob: its text and the blank bytes around it. */
  readonly tile: ByteRange;
  /** Where the record's own text begins in the blob. Part of `log.record.uid`. */
  readonly offset: number;
  /** Length in bytes of the record's own text in the blob; more than `to - from` when it is oversize. */
  readonly length: number;
  readonly buffer: Buffer;
  readonly from: number;
  readonly to: number;
  /** True when the record passed `maxRecordBytes`: only its first bytes are here. */
  readonly isOversize: boolean;
  /** CRC-32 of the blob's bytes `[0, tile.end)`, as `zlib.crc32` counts it on from the cursor's. */
  readonly crcAtEnd: number;
  /** How the bytes from `tile.end` on are cut. */
  readonly framingAtEnd: Framing;
}

/** Where the records of one read come from: what the mapping may know besides the record itself. */
export interface RecordOrigin {
  readonly resource: AuditedResource;
  readonly blob: BlobIdentity;
  /** The hour in the blob's path; undefined when the path has none. */
  readonly hourMs: number | undefined;
  /** When the byte range was read. Undefined leaves `ObservedTimestamp` unset, so that a repeat is byte-identical. */
  readonly observedAtMs: number | undefined;
}

/**
 * A parsed AuditEvent: any JSON object. Nobody promises the type of a field (a duration is a number here, a string
 * there), so whoever takes a field checks it. Keys of every name may occur, `__proto__` too.
 */
export type AuditEvent = Readonly<Record<string, unknown>>;

/** How a record that was read and not filtered left. */
export type Fate = "delivered" | "uncertain" | "deadLettered";

/** Outcome counts of the settled records of a blob (promise D1: they add up to the records read). */
export interface RecordCounts {
  readonly delivered: number;
  readonly uncertain: number;
  readonly deadLettered: number;
  readonly filtered: number;
}

export const NO_RECORDS: RecordCounts = {
  delivered: 0,
  uncertain: 0,
  deadLettered: 0,
  filtered: 0,
};

/** The neighbouring tiles of one blob that travel in one batch. */
export interface Segment extends ByteRange {
  readonly blob: BlobIdentity;
  /** Prefix of the resource that owns the blob. */
  readonly resourceKey: string;
  /** CRC-32 of the blob's bytes `[0, end)`. */
  readonly crcAtEnd: number;
  /** How the bytes from `end` on are cut. */
  readonly framingAtEnd: Framing;
  /** Raw bytes charged to the byte budget for this segment. */
  readonly chargedBytes: number;
  /** Records that go to the receiver. */
  readonly records: number;
  /** Records that go to the dead letters. */
  readonly deadLetters: number;
}

/** Why an original was kept as a dead letter. The codes are interface: runbooks and alerts name them. */
export type DeadLetterReason =
  | "not-json"
  | "not-an-object"
  | "invalid-utf8"
  | "oversize"
  | "incomplete"
  | "unmappable"
  /** The receiver rejected some records of its batch without naming them: it may have this one. */
  | "partial-success"
  /** The receiver refused this record, alone, and took others meanwhile. */
  | "refused"
  /** As `refused`, and said that it is too large. */
  | "too-large";

/** The receiver's last word on a record that was sent. */
export interface ReceiverWord {
  /** HTTP status. */
  readonly status: number;
  /** Its own text, without our secrets; cut where it is long. Event content: never for the program's own log. */
  readonly message: string;
  /** Requests with this record in them that were answered. */
  readonly attempts: number;
}

/** An original with its position and the reason why it was not, or perhaps not, delivered. */
export interface DeadLetter {
  readonly reason: DeadLetterReason;
  /** What was wrong, for a person. Never goes into the program's own log. */
  readonly detail: string;
  /** Undefined for a record that was never sent. */
  readonly receiver?: ReceiverWord | undefined;
  /** `log.record.uid` of the record. */
  readonly uid: string;
  readonly blob: BlobIdentity;
  /** Position of the original's own text in the blob. */
  readonly range: ByteRange;
  /** The original's bytes (its first bytes when oversize). */
  readonly bytes: Uint8Array;
}

/**
 * A mapped record whose attributes can be walked without the object of them: `name, value, name, value, …`, each name
 * once. An object of 27 names is a hash table to V8; making it and walking it cost 3 µs a record, and nobody but the
 * encoder, which wants pairs, looks at most of them.
 */
export interface PairedLogRecord extends ReadableLogRecord {
  readonly attributePairs: readonly (string | number | boolean)[];
}

/**
 * A log record as it is going to stand in a request: `buffer.subarray(from, to)`, in the encoding of the receiver.
 * Records are encoded one by one as they are mapped: the mapped form, three times as large, is garbage at once, and a
 * record that cannot be encoded is one dead letter and not a batch that never leaves.
 */
export interface EncodedRecord {
  /** The record's own time. */
  readonly hrTime: ReadableLogRecord["hrTime"];
  /** Records of one resource and scope, told apart by identity, stand together in a request. */
  readonly resource: ReadableLogRecord["resource"];
  readonly scope: ReadableLogRecord["instrumentationScope"];
  readonly buffer: Buffer;
  readonly from: number;
  readonly to: number;
}

/** One record on its way: mapped and encoded, and the original beside it. */
export interface MappedRecord {
  readonly logRecord: EncodedRecord;
  readonly uid: string;
  /** What the record takes in an uncompressed request, in bytes; rather too much than too little. */
  readonly approxBytes: number;
  readonly raw: RawRecord;
  /** With `raw`, all that is needed to map the record again, to the same bytes. */
  readonly origin: RecordOrigin;
}

/** Records exported together, the dead letters found between them, and the segments that both cover. */
export interface Batch {
  /** Prefixes of the resources in this batch; one, but for leftovers that share a request. */
  readonly resourceKeys: readonly string[];
  readonly records: readonly MappedRecord[];
  readonly deadLetters: readonly DeadLetter[];
  readonly segments: readonly Segment[];
}
