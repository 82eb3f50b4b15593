// SPDX-License-Identifier: Apache-2.0
/**
 * Reads one blob from a position to its present end in bounded windows, one window ahead of its consumer.
 *
 * A read from a position above 0 begins one byte earlier. That makes every healthy answer a 206 that carries the blob's
 * state, even when there is nothing new, so that the check for a replaced blob and the read are one call: the bytes
 * that arrive are known to belong to the blob they are taken for (promise D8). No retries here: a failed call rejects,
 * and the caller comes back to the last position it has consumed.
 */
import { crc32 } from "node:zlib";
import { ConnectorError, cancelled } from "../errors.ts";
import type { ByteBudget } from "../runtime/byte-budget.ts";
import type { BlobContainer, BlobState } from "./blob-container.ts";

/** Where to read, and what is known of the blob. */
export interface ReadRequest {
  readonly name: string;
  /** First byte wanted. */
  readonly from: number;
  /** Byte to stop before; undefined reads to the end. */
  readonly until: number | undefined;
  /** Creation time of the blob that `from` belongs to; undefined for a blob never read. */
  readonly createdAtMs: number | undefined;
  /** Least committed block count that an append blob must have now. */
  readonly minBlockCount: number | undefined;
  /** Version of a rewritable blob that the bytes before `from` were read of. */
  readonly etag: string | undefined;
  /** CRC-32 of the bytes before `from`, by which they are known again in another version; undefined: not known. */
  readonly crcBefore: number | undefined;
}

export type ReadStep =
  /** New bytes at `start`. Their length stays charged to the budget: whoever settles them credits it. */
  | {
      readonly kind: "window";
      readonly start: number;
      readonly bytes: Buffer;
      readonly state: BlobState;
    }
  /** Nothing more up to the blob's present end (or `until`). */
  | { readonly kind: "caught-up"; readonly state: BlobState }
  /** Another blob has the name now, or this one is shorter than what was read of it. */
  | { readonly kind: "replaced" | "shrunk"; readonly state: BlobState }
  /** A rewritable blob was written again while it was read: begin anew, to see whether it is still the same. */
  | { readonly kind: "rewritten"; readonly state: BlobState }
  | { readonly kind: "gone" };

export type ReadWindow = Extract<ReadStep, { readonly kind: "window" }>;

export interface BlobReading {
  /** The next step. After anything but a window the reading is over. */
  next(): Promise<ReadStep>;
  /** Gives back what was read ahead and not handed out. */
  close(): void;
}

export interface BlobReaderOptions {
  readonly container: BlobContainer;
  readonly budget: ByteBudget;
  /** Size of the next window in bytes. */
  readonly windowBytes: () => number;
}

export interface BlobReader {
  open(request: ReadRequest, signal: AbortSignal): BlobReading;
}

/** How much of a blob's prefix is read in one go to know it again. */
const PREFIX_BYTES = 1024 * 1024;

export function createBlobReader(options: BlobReaderOptions): BlobReader {
  return { open: (request, signal) => openReading(options, request, signal) };
}

function openReading(
  options: BlobReaderOptions,
  request: ReadRequest,
  signal: AbortSignal,
): BlobReading {
  let ahead: Promise<ReadStep> | undefined;
  let isClosed = false;
  let { etag, minBlockCount } = request;

  const startReading = (from: number): Promise<ReadStep> => {
    const crcBefore = from === request.from ? request.crcBefore : undefined;
    const step = readWindow(options, { ...request, from, etag, minBlockCount, crcBefore }, signal);
    // The rejection is reported by next(); without this, one nobody asks for any more would be unhandled.
    step.catch(() => undefined);
    return step;
  };

  return {
    next: async () => {
      if (isClosed) throw new ConnectorError("INTERNAL", "a closed reading was asked for more");
      const step = await (ahead ?? startReading(request.from));
      ahead = undefined;
      if (step.kind !== "window") return step;
      const end = step.start + step.bytes.length;
      if (step.state.isRewritable) etag = step.state.etag;
      else minBlockCount = step.state.blockCount;
      ahead = isEnd(end, request, step.state)
        ? Promise.resolve({ kind: "caught-up", state: step.state })
        : startReading(end);
      return step;
    },
    close: () => {
      isClosed = true;
      const creditUnused = (step: ReadStep): void => {
        if (step.kind === "window") options.budget.credit(step.bytes.length);
      };
      // A read-ahead that failed charged nothing, and its error concerns nobody any more.
      ahead?.then(creditUnused, () => undefined);
      ahead = undefined;
    },
  };
}

function isEnd(end: number, request: ReadRequest, state: BlobState): boolean {
  return end >= Math.min(state.length, request.until ?? Infinity);
}

/** One range read; charges the budget with exactly the bytes that it hands out. */
async function readWindow(
  { container, budget, windowBytes }: BlobReaderOptions,
  request: ReadRequest,
  signal: AbortSignal,
): Promise<ReadStep> {
  const wanted = Math.min(windowBytes(), (request.until ?? Infinity) - request.from);
  const overlap = request.from > 0 ? 1 : 0;
  // The service knows no range of nothing: it would send the whole blob.
  if (wanted + overlap === 0) return await explainBeyondEnd(container, request, signal);
  await budget.acquire(wanted, signal);
  let charged = wanted;
  try {
    if (signal.aborted) throw cancelled(signal);
    const offset = request.from - overlap;
    const read = await container.readRange(request.name, offset, wanted + overlap, signal);
    if (read.kind === "gone") return read;
    if (read.kind === "beyond-end") return await explainBeyondEnd(container, request, signal);
    const { state } = read;
    const change =
      changeOf(request, state) ?? (await changeOfPrefix(container, request, state, signal));
    if (change !== undefined) return { kind: change, state };
    const bytes = read.bytes.subarray(overlap);
    if (bytes.length === 0) return { kind: "caught-up", state };
    charged -= bytes.length;
    return { kind: "window", start: request.from, bytes, state };
  } finally {
    budget.credit(charged);
  }
}

/** Nothing to read, or a range that begins behind the end: an empty blob, or one that is not what it was. */
async function explainBeyondEnd(
  container: BlobContainer,
  request: ReadRequest,
  signal: AbortSignal,
): Promise<ReadStep> {
  const state = await container.stat(request.name, signal);
  if (state === undefined) return { kind: "gone" };
  const change = changeOf(request, state);
  if (change !== undefined) return { kind: change, state };
  // Another version than the one that ended here: it is not known yet whether it begins with the same bytes.
  const isOther = state.isRewritable && request.from > 0 && state.etag !== request.etag;
  return { kind: isOther ? "rewritten" : "caught-up", state };
}

function changeOf(request: ReadRequest, state: BlobState): "replaced" | "shrunk" | undefined {
  const isOther = request.createdAtMs !== undefined && state.createdAtMs !== request.createdAtMs;
  // A block blob that is written again has a new creation time each time: its bytes tell (changeOfPrefix), where some
  // were read. Where none were, ids of the version that was found first must not name records of another one.
  if (isOther && !(state.isRewritable && request.from > 0)) return "replaced";
  if (state.length < request.from) return "shrunk";
  const { minBlockCount } = request;
  const isRewritten =
    minBlockCount !== undefined &&
    state.blockCount !== undefined &&
    state.blockCount < minBlockCount;
  return isRewritten ? "replaced" : undefined;
}

/**
 * A rewritable blob in another version is still the same one if it begins with the bytes that were read of it before.
 * They are read again, outside the budget and a piece at a time, and known by their CRC-32.
 */
async function changeOfPrefix(
  container: BlobContainer,
  { name, from, etag, crcBefore }: ReadRequest,
  state: BlobState,
  signal: AbortSignal,
): Promise<"replaced" | "rewritten" | undefined> {
  if (!state.isRewritable || from === 0 || state.etag === etag) return undefined;
  if (crcBefore === undefined) return "rewritten";
  let crc = 0;
  for (let offset = 0; offset < from; offset += PREFIX_BYTES) {
    const length = Math.min(PREFIX_BYTES, from - offset);
    const read = await container.readRange(name, offset, length, signal);
    if (read.kind !== "bytes" || read.state.etag !== state.etag) return "rewritten";
    crc = crc32(read.bytes, crc);
  }
  return crc === crcBefore ? undefined : "replaced";
}
