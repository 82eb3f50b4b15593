// SPDX-License-Identifier: Apache-2.0
/**
 * A parcel, the real exporter on a manual clock, and a receiver in memory that decides by the records it sees. A
 * request's body is the list of its records' numbers, so that the receiver knows what it takes.
 */
import { expect } from "vitest";
import { createDeadLetterKeeper } from "../../src/dead-letter/dead-letter-keeper.ts";
import { cancelled } from "../../src/errors.ts";
import type { AttemptOutcome, EncodedRequest, ExportTransport } from "../../src/export/exporter.ts";
import { createRetryingExporter } from "../../src/export/retrying-exporter.ts";
import type { Piece } from "../../src/export/pieces.ts";
import type { RetryingExporter } from "../../src/export/retrying-exporter.ts";
import type { Fate, RawRecord } from "../../src/model.ts";
import { deliverParcel } from "../../src/parcel-delivery.ts";
import type { Leftovers } from "../../src/parcel-delivery.ts";
import type { Original, Parcel } from "../../src/parcel.ts";
import { joinEvents } from "../../src/telemetry/totals.ts";
import { ManualClock } from "./manual-clock.ts";
import { HSM_ORIGIN } from "./record-origins.ts";
import { FakeDeadLetterSink } from "./scripted-receiver.ts";

/** What the receiver answers to a request with these records. */
export type Judge = (records: readonly number[]) => AttemptOutcome | Promise<AttemptOutcome>;

export class ParcelTheatre {
  readonly clock = new ManualClock();
  readonly sink = new FakeDeadLetterSink();
  readonly exporter: RetryingExporter;
  /** Records of each request, in order of arrival. */
  readonly requests: (readonly number[])[] = [];
  /** Records in the order in which the receiver took them. */
  readonly taken: number[] = [];
  /** The fate of each record, by its number. */
  readonly fates = new Map<number, Fate>();
  readonly said: string[] = [];
  readonly abandon = new AbortController();
  judge: Judge;

  constructor(judge: Judge) {
    this.judge = judge;
    const transport: ExportTransport = {
      send: (request, signal) => this.#answer(request, signal),
      close: () => Promise.resolve(),
    };
    this.exporter = createRetryingExporter({
      transport,
      clock: this.clock,
      random: () => 1,
      events: this.#events,
    });
  }

  readonly #events = joinEvents({
    receiverFaulted: () => this.said.push("fault"),
    receiverRecovered: () => this.said.push("recovered"),
    receiverWarned: () => this.said.push("warned"),
    batchRefused: ({ records }) => this.said.push(`refused ${records}`),
  });

  /** Delivers records `[from, to)` as one parcel; `resourceOf` names the resource of each. */
  async deliver(
    from: number,
    to: number,
    resourceOf: (record: number) => string = () => "A",
  ): Promise<Leftovers | undefined> {
    const numbers = Array.from({ length: to - from }, (_, index) => from + index);
    const originals = numbers.map((number) => toOriginal(number, resourceOf(number)));
    const parcel: Parcel = {
      resourceKeys: [...new Set(numbers.map(resourceOf))],
      request: undefined,
      originals,
      deadLetters: [],
      segments: [],
      newestRecordMs: undefined,
    };
    const { exporter, clock, sink } = this;
    const random = (): number => 1;
    const events = this.#events;
    const parts = {
      exporter,
      deadLetters: createDeadLetterKeeper({ sink, clock, events, random }),
      requestOf: (some: readonly Original[]) => Promise.resolve(requestOf(some)),
      clock,
      events,
      signal: this.abandon.signal,
    };
    const onFate = (piece: Piece, fate: Fate): void => {
      for (const number of numbers.slice(piece.from, piece.to)) {
        // A second fate would settle bytes twice.
        expect(this.fates.has(number)).toBe(false);
        this.fates.set(number, fate);
      }
    };
    const onDoubt = (): void => void this.said.push(`doubt ${from}`);
    return await deliverParcel(parts, parcel, requestOf(originals), { onFate, onDoubt });
  }

  /** Lets time pass until the promise is settled, or fails. */
  async until<T>(promise: Promise<T>, limitMs = 86_400_000): Promise<T> {
    const state = { isSettled: false };
    const watched = promise.finally(() => (state.isSettled = true));
    watched.catch(() => undefined);
    const giveUpAtMs = this.clock.now() + limitMs;
    await this.clock.advance(0);
    while (!state.isSettled && this.clock.now() < giveUpAtMs) {
      await this.clock.advance(this.clock.nextWakeInMs ?? 1_000);
    }
    expect(state.isSettled, "it comes to an end").toBe(true);
    return await watched;
  }

  /** Numbers of the records with this fate, ascending. */
  withFate(fate: Fate): number[] {
    const numbers = [...this.fates].flatMap(([number, its]) => (its === fate ? [number] : []));
    return numbers.sort((a, b) => a - b);
  }

  async #answer(request: EncodedRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    if (signal.aborted) throw cancelled(signal);
    const records = JSON.parse(Buffer.from(request.body).toString()) as number[];
    this.requests.push(records);
    await Promise.resolve();
    const outcome = await this.judge(records);
    if (outcome.kind === "delivered") this.taken.push(...records);
    return outcome;
  }
}

function requestOf(originals: readonly Original[]): EncodedRequest {
  const numbers = originals.map(({ raw }) => raw.offset);
  const body = Buffer.from(JSON.stringify(numbers));
  return { body, contentEncoding: undefined, recordCount: numbers.length };
}

function toOriginal(number: number, prefix: string): Original {
  const buffer = Buffer.from(`{"n":${number}}`);
  const raw: RawRecord = {
    tile: { start: number, end: number + 1 },
    offset: number,
    length: buffer.length,
    buffer,
    from: 0,
    to: buffer.length,
    isOversize: false,
    crcAtEnd: 0,
    framingAtEnd: "json-lines",
  };
  const resource = { ...HSM_ORIGIN.resource, prefix };
  return { uid: `u${number}`, raw, origin: { ...HSM_ORIGIN, resource } };
}
