// SPDX-License-Identifier: Apache-2.0
/**
 * The written form of a resource's checkpoint (pure): one JSON object that names its version,
 * `{"version":2,…}`. Version 1, which knew JSON Lines only, is read too.
 *
 * Whatever is neither is refused by name, field and resource. A cursor that is garbled must never
 * become a zero (everything sent again) or a guess (something skipped), and a field that this
 * version does not know must not vanish at the next save. What could not be read back is refused
 * before it is written.
 */
import { z } from "zod";
import { ConnectorError } from "../errors.ts";
import type { Framing } from "../model.ts";
import type { OpenBlobCheckpoint, ResourceCheckpoint } from "./checkpoint-store.ts";

/** Raised whenever a reader of the former version would misread what is written. */
export const CHECKPOINT_FORMAT_VERSION = 2;
/** Has the same fields; every framing in it is `json-lines`. */
const LINES_ONLY_VERSION = 1;

const HOUR_MS = 3_600_000;
const MAX_CRC32 = 0xffffffff;

/** The kind, the brackets that stand open, and the mark of a position (model.ts). */
const FRAMING =
  /^(?:unknown|(?:json-lines|document)(?::(?:\[|\{|\{\[|\[\{|\[\{\[))?(?:[@!]\d{1,15})?)$/;

const count = z.int().nonnegative();

const recordCounts = z.strictObject({
  delivered: count,
  uncertain: count,
  deadLettered: count,
  filtered: count,
});

const openBlob = z.strictObject({
  name: z.string().min(1),
  createdAtMs: z.int(),
  framing: z.custom<Framing>((value) => typeof value === "string" && FRAMING.test(value)),
  offset: z.int().nonnegative(),
  crc32: z.int().min(0).max(MAX_CRC32),
  counts: recordCounts,
});

const checkpointDocument = z.strictObject({
  version: z.literal([LINES_ONLY_VERSION, CHECKPOINT_FORMAT_VERSION]),
  floorHourMs: z.int().multipleOf(HOUR_MS),
  open: z.array(openBlob),
});

/** The checkpoint as text. Throws INTERNAL for one that `decodeCheckpoint` would refuse. */
export function encodeCheckpoint(checkpoint: ResourceCheckpoint, resourceKey: string): string {
  const document = { version: CHECKPOINT_FORMAT_VERSION, ...checkpoint };
  const checked = checkpointDocument.safeParse(document);
  if (checked.success) return JSON.stringify(checked.data);
  const problem = describe(checked.error);
  throw new ConnectorError(
    "INTERNAL",
    `the checkpoint of ${resourceKey} is not fit to be saved: ${problem}`,
  );
}

/**
 * Reads a checkpoint back. Throws CHECKPOINT_UNKNOWN_FORMAT when another version wrote it,
 * CHECKPOINT_UNAVAILABLE with the field and the resource when it is garbled.
 */
export function decodeCheckpoint(text: string, resourceKey: string): ResourceCheckpoint {
  const value = parseJson(text, resourceKey);
  const version = versionOf(value);
  const isKnown = version === CHECKPOINT_FORMAT_VERSION || version === LINES_ONLY_VERSION;
  if (version !== undefined && !isKnown) {
    throw new ConnectorError(
      "CHECKPOINT_UNKNOWN_FORMAT",
      `the checkpoint of ${resourceKey} has format version ${version}, this program knows ` +
        `${CHECKPOINT_FORMAT_VERSION}: run the version that wrote it, or a newer one`,
    );
  }
  const checked = checkpointDocument.safeParse(value);
  if (!checked.success) throw garbled(resourceKey, describe(checked.error));
  const { floorHourMs, open } = checked.data;
  return { floorHourMs, open: version === LINES_ONLY_VERSION ? open.map(withoutFraming) : open };
}

/** At the first byte of a blob, the former version could not know its framing. */
function withoutFraming(blob: OpenBlobCheckpoint): OpenBlobCheckpoint {
  return blob.offset === 0 ? { ...blob, framing: "unknown" } : blob;
}

/** Whether epoch milliseconds name a whole hour, as floors and starts do. */
export function isWholeHour(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms % HOUR_MS === 0;
}

/** Whether two checkpoints say the same, so that the second need not be written. */
export function isSameCheckpoint(a: ResourceCheckpoint, b: ResourceCheckpoint): boolean {
  return (
    a.floorHourMs === b.floorHourMs &&
    a.open.length === b.open.length &&
    a.open.every((blob, index) => isSameBlob(blob, b.open[index]))
  );
}

function isSameBlob(a: OpenBlobCheckpoint, b: OpenBlobCheckpoint | undefined): boolean {
  return (
    a.name === b?.name &&
    a.createdAtMs === b.createdAtMs &&
    a.offset === b.offset &&
    a.framing === b.framing &&
    a.crc32 === b.crc32 &&
    a.counts.delivered === b.counts.delivered &&
    a.counts.uncertain === b.counts.uncertain &&
    a.counts.deadLettered === b.counts.deadLettered &&
    a.counts.filtered === b.counts.filtered
  );
}

function parseJson(text: string, resourceKey: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw garbled(resourceKey, "it is not JSON", cause);
  }
}

function versionOf(value: unknown): number | undefined {
  const isVersioned = typeof value === "object" && value !== null && "version" in value;
  return isVersioned && typeof value.version === "number" ? value.version : undefined;
}

function garbled(resourceKey: string, problem: string, cause?: unknown): ConnectorError {
  const message = `the checkpoint of ${resourceKey} is damaged: ${problem}`;
  return new ConnectorError("CHECKPOINT_UNAVAILABLE", message, { cause });
}

/** `open.0.offset: Invalid input: …; open.0.crc32: …` */
function describe(error: z.ZodError): string {
  const problems = error.issues.map(({ path, message }) => {
    const field = path.length === 0 ? "the document" : path.join(".");
    return `${field}: ${message}`;
  });
  return problems.join("; ");
}
