// SPDX-License-Identifier: Apache-2.0
/** A fake receiver and HTTP transports to it, closed together. */
import type { AttemptOutcome, EncodedRequest, ExportTransport } from "../../src/export/exporter.ts";
import { createOtlpEncoder } from "../../src/export/otlp-encoder.ts";
import { createOtlpHttpTransport } from "../../src/export/otlp-http-transport.ts";
import type { OtlpHttpTransportOptions } from "../../src/export/otlp-http-transport.ts";
import { createRequestEncoder } from "../../src/export/request-encoder.ts";
import { startFakeReceiver } from "./fake-receiver.ts";
import type { FakeReceiver } from "./fake-receiver.ts";
import { recordsWithUids } from "./log-record-samples.ts";
import type { ScriptedAnswer } from "./scripted-answer.ts";

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** What the transports' clock shows. */
export const NOW_MS = Date.UTC(2026, 0, 15, 10, 30);

export class TransportFixture {
  readonly receiver: FakeReceiver;
  /** Three records in protobuf, compressed. */
  readonly request: EncodedRequest;
  readonly #transports: ExportTransport[] = [];

  private constructor(receiver: FakeReceiver, request: EncodedRequest) {
    this.receiver = receiver;
    this.request = request;
  }

  static async start(): Promise<TransportFixture> {
    const encoder = createOtlpEncoder("http/protobuf");
    const requests = createRequestEncoder({ encoder, compression: "gzip", gzipLevel: 1 });
    return new TransportFixture(
      await startFakeReceiver(),
      await requests.encode(recordsWithUids(3).map(encoder.encodeRecord)),
    );
  }

  transport(changes: Partial<OtlpHttpTransportOptions> = {}): ExportTransport {
    const transport = createOtlpHttpTransport({
      url: this.receiver.url,
      contentType: "application/x-protobuf",
      headers: {},
      version: "1.2.3",
      timeoutMs: 10_000,
      maxConnections: 4,
      clock: { now: () => NOW_MS },
      ...changes,
    });
    this.#transports.push(transport);
    return transport;
  }

  /** Sends the request through a new transport. */
  async send(changes: Partial<OtlpHttpTransportOptions> = {}): Promise<AttemptOutcome> {
    return await this.transport(changes).send(this.request, never);
  }

  /** What the receiver's answer comes to. */
  async outcomeOf(answer: ScriptedAnswer): Promise<AttemptOutcome> {
    this.receiver.script([answer]);
    return await this.send();
  }

  async close(): Promise<void> {
    for (const transport of this.#transports) await transport.close();
    await this.receiver.close();
  }
}
