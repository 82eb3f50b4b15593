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

/** What one attempt came to. */
export type AttemptOutcome =
  /** 2xx with an empty body or a decodable response. A warning is a message without rejected records. */
  | { readonly kind: "delivered"; readonly warning: string | undefined }
  /** 2xx, but the receiver rejected some records without naming them. Must not be sent again (OTLP). */
  | { readonly kind: "partial"; readonly rejectedCount: number; readonly message: string }
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

/** What a batch came to. Nothing else ever comes back: an exporter holds on until one of these is true. */
export type ExportOutcome = Extract<AttemptOutcome, { kind: "delivered" | "partial" }>;

export interface Exporter {
  /** Delivers one request, however long that takes. Rejects with CANCELLED when the signal aborts. */
  export(request: EncodedRequest, signal: AbortSignal): Promise<ExportOutcome>;
  close(): Promise<void>;
}
