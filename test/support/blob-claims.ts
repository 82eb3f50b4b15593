// SPDX-License-Identifier: Apache-2.0
/** Claims, ledger entries and recounts for tests of the proof; what a test does not say fits together. */
import type { ClosedBlob, OpenBlobCheckpoint } from "../../src/checkpoint/checkpoint-store.ts";
import type { BlobClaim, Recount, Reread } from "../../src/verify/blob-claim.ts";

const CREATED_MS = Date.UTC(2026, 0, 15, 10);
export const NAME = "resourceId=/A/y=2026/m=01/d=15/h=10/m=00/PT1H.json";
const COUNTS = { delivered: 7, uncertain: 1, deadLettered: 2, filtered: 0 };

export function entry(more: Partial<ClosedBlob> = {}): ClosedBlob {
  return {
    name: NAME,
    createdAtMs: CREATED_MS,
    lastCreatedAtMs: CREATED_MS,
    length: 100,
    crc32: 0xabc,
    framing: "json-lines",
    trailerBytes: 0,
    isEnded: false,
    counts: COUNTS,
    closedAtMs: CREATED_MS + 1,
    ...more,
  };
}

export function openBlob(more: Partial<OpenBlobCheckpoint> = {}): OpenBlobCheckpoint {
  const { name, createdAtMs, crc32, framing, counts } = entry();
  return { name, createdAtMs, offset: 100, crc32, framing, counts, ...more };
}

export function claim(more: Partial<BlobClaim> = {}): BlobClaim {
  return {
    blob: { account: "acct", container: "logs", name: NAME, createdAtMs: CREATED_MS },
    hourMs: CREATED_MS,
    lastCreatedAtMs: CREATED_MS,
    length: 100,
    crc32: 0xabc,
    framing: "json-lines",
    counts: COUNTS,
    trailerBytes: 0,
    marks: [],
    isOpen: false,
    isEnded: false,
    standing: "present",
    ...more,
  };
}

export function recount(more: Partial<Recount> = {}): Recount {
  return {
    offset: 100,
    crc32: 0xabc,
    records: 10,
    marks: [],
    unreadable: 2,
    unreadableRange: { start: 20, end: 40 },
    trailerBytes: 0,
    ...more,
  };
}

/** The claimed blob, read. `present` says what is there besides. */
export function read(
  more: Partial<Recount> = {},
  present: Partial<Extract<Reread, { kind: "read" }>["present"]> = {},
): Reread {
  const there = { createdAtMs: CREATED_MS, length: 100, isRewritable: false, ...present };
  return { kind: "read", present: there, recount: recount(more) };
}

/** A blob of that name which cannot be the claimed one. */
export function notRead(
  present: Partial<Extract<Reread, { kind: "read" }>["present"]> = {},
): Reread {
  const there = { createdAtMs: CREATED_MS, length: 100, isRewritable: false, ...present };
  return { kind: "not-read", present: there };
}
