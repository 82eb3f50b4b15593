// SPDX-License-Identifier: Apache-2.0
/** Ports: delivering one encoded batch (`Exporter`), and the single HTTP attempt below it (`ExportTransport`). */

/** One ExportLogsServiceRequest, encoded and compressed once, so that every attempt sends the same bytes. */
export interface EncodedRequest {
  /** The body as it goes over the wire. */
  readonly body: Uint8Array;
  /** `gzip` when the body is compressed. */
  readonly contentEncoding: "gzip" | undefined;
  readonly recordCount: number;
}

/** 2xx with an empty body or a decodable response. A warning is a message without rejected records. */
export interface Delivered {
  readonly kind: "delivered";
  readonly warning: string | undefined;
}

/** The receiver took some records and rejected others without naming them. Must not be sent again (OTLP). */
export interface PartlyRejected {
  readonly kind: "partial";
  readonly status: number;
  /** Undefined when the receiver does not say how many (an answer 400 that speaks of single entries). */
  readonly rejectedCount: number | undefined;
  /** The receiver's own text. Event content: for dead letters only. */
  readonly message: string;
}

/**
 * 400, 408, 413, 422 or 500: the receiver did not take this request. Perhaps it would take the same records in smaller
 * requests, perhaps all but one, perhaps it takes nothing at all: one answer does not tell.
 */
export interface Refused {
  readonly kind: "refused";
  readonly status: number;
  /** The receiver says that the request is too large. */
  readonly isTooLarge: boolean;
  /** Safe for the log: status and class. */
  readonly reason: string;
  /** The receiver's own text. Event content: for dead letters only. */
  readonly message: string;
}

/** What one attempt came to. */
export type AttemptOutcome =
  | Delivered
  | PartlyRejected
  | Refused
  /** 429/502/503/504, network fault, timeout: the same bytes again, later. */
  | {
      readonly kind: "retryable";
      readonly reason: string;
      readonly retryAfterMs: number | undefined;
    }
  /** Any other answer: the receiver or our configuration is at fault; hold everything, probe slowly. */
  | {
      readonly kind: "receiver-fault";
      readonly status: number | undefined;
      /** Safe for the log: status and class; the receiver's own text only for 401/403/404/405/415/3xx. */
      readonly reason: string;
    };

export interface ExportTransport {
  /** One POST. Never throws for anything the network or the receiver does; rejects with CANCELLED only. */
  send(request: EncodedRequest, signal: AbortSignal): Promise<AttemptOutcome>;
  /** Closes idle connections. */
  close(): Promise<void>;
}

/** A point in the order of an exporter's attempts and answers. Later is greater. */
export type Moment = number;

/** A refusal, and when it came. */
export type ExportRefused = Refused &
  Attempts & {
    readonly at: Moment;
    /** When the newest request was sent of which it was known, before this one was sent, that records were taken. */
    readonly acceptedBefore: Moment;
  };

interface Attempts {
  /** How often the request was sent for this outcome. */
  readonly attempts: number;
}

/** What a request came to. Nothing else ever comes back: an exporter holds on until one of these is true. */
export type ExportOutcome = (Delivered & Attempts) | (PartlyRejected & Attempts) | ExportRefused;

/**
 * Delivers requests to one receiver, and remembers what it took: whether a refusal is about the request or about
 * everything can only be told by what else the receiver does.
 */
export interface Exporter {
  /**
   * Sends one request until the receiver has taken or refused it, however long that takes. Rejects with CANCELLED when
   * the signal aborts. A trial holds what was refused before: another refusal says nothing new of the receiver, so it
   * counts for nothing, and everything that was not refused yet goes first.
   */
  export(request: EncodedRequest, signal: AbortSignal, isTrial?: boolean): Promise<ExportOutcome>;
  /** Whether the receiver took records from a request that was sent after that moment: evidence that it is well. */
  acceptedSince(moment: Moment): boolean;
  /** Whether the receiver is at fault, and everything is held. */
  readonly isHolding: boolean;
  /**
   * What was refused at that moment is all that its sender has left. Unless the receiver took something since, it is at
   * fault itself: everything is held, and one request at a time asks slowly.
   */
  hold(since: Moment, reason: string): void;
  close(): Promise<void>;
}
