// SPDX-License-Identifier: Apache-2.0
/**
 * One OTLP/HTTP POST: the request's bytes with their exact Content-Length, and the answer turned
 * into an outcome.
 *
 * It promises to come back within `timeoutMs` with an outcome, or with CANCELLED when the signal
 * aborts, whatever the network and the receiver do. Only a 2xx whose whole body decodes is an
 * acknowledgement. It does not retry, does not follow redirects, and what it reports holds no URL
 * credentials and no header value that was sent.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Dispatcher } from "undici";
import { cancelled, ConnectorError, isCancelled } from "../errors.ts";
import { startDeadline } from "../runtime/attempt-deadline.ts";
import type { Clock } from "../runtime/clock.ts";
import { parseRetryAfterMs } from "../runtime/retry-after.ts";
import { decodeExportResponse } from "./export-response.ts";
import type { AttemptOutcome, EncodedRequest, ExportTransport } from "./exporter.ts";
import { createHttpAgent, proxyHostFor } from "./http-agent.ts";
import type { ProxySettings, TlsMaterial } from "./http-agent.ts";
import { networkOutcome } from "./network-fault.ts";
import type { OtlpContentType } from "./otlp-encoder.ts";
import { cutMessage, quoteReceiver, receiverMessage, withoutSecrets } from "./receiver-text.ts";
import { readRefusal } from "./refusal-text.ts";
import { repeatsRequest } from "./request-echo.ts";
import { prepareDestination } from "./request-headers.ts";
import type { Destination } from "./request-headers.ts";
import { classifyStatus, describeStatus, isQuotable } from "./status-codes.ts";

/** OTLP: clients must limit the answer, and a greater one is not retryable. */
const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

export interface OtlpHttpTransportOptions {
  /** The final URL of the logs endpoint, http or https; userinfo becomes Basic authorization. */
  readonly url: string;
  readonly contentType: OtlpContentType;
  /** The user's headers; they may replace User-Agent, not the headers that describe the body. */
  readonly headers: Readonly<Record<string, string>>;
  /** Version of this program, for User-Agent. */
  readonly version: string;
  /** Limit of a whole attempt, from connecting to the last byte of the answer. */
  readonly timeoutMs: number;
  /** Connections kept at most; more requests than this wait for one, within their timeout. */
  readonly maxConnections: number;
  readonly tls?: TlsMaterial | undefined;
  readonly proxy?: ProxySettings | undefined;
  /** Tells the time for a Retry-After date. */
  readonly clock: Pick<Clock, "now">;
}

/** Throws CONFIG_INVALID for an unusable URL, header, certificate or proxy. */
export function createOtlpHttpTransport(options: OtlpHttpTransportOptions): ExportTransport {
  return new OtlpHttpTransport(options);
}

class OtlpHttpTransport implements ExportTransport {
  readonly #options: OtlpHttpTransportOptions;
  readonly #destination: Destination;
  /** host:port, for reasons. */
  readonly #target: string;
  readonly #agent: Dispatcher;
  #sending = 0;
  #isClosed = false;

  constructor(options: OtlpHttpTransportOptions) {
    this.#options = options;
    this.#destination = prepareDestination(options);
    const { url } = this.#destination;
    const { tls, proxy, maxConnections, timeoutMs } = options;
    this.#agent = createHttpAgent({ url, tls, proxy, maxConnections, connectTimeoutMs: timeoutMs });
    const proxyHost = proxyHostFor(url, proxy);
    const host = url.port === "" ? `${url.host}:${defaultPort(url)}` : url.host;
    this.#target = proxyHost === undefined ? host : `${host}, proxy ${proxyHost}`;
  }

  async send(request: EncodedRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    if (this.#isClosed) throw new ConnectorError("INTERNAL", "the transport is closed");
    if (signal.aborted) throw cancelled(signal);
    const deadline = startDeadline(this.#options.timeoutMs, signal);
    this.#sending++;
    try {
      // A race, because undici does not heed a signal before it is connected.
      const answer = await Promise.race([this.#post(request, deadline.signal), deadline.passed]);
      const outcome = this.#outcomeOf(await readBody(answer), request);
      // undici frees a connection one turn after the answer's end: without it, requests in sequence
      // would use two.
      await nextTurn();
      return outcome;
    } catch (reason) {
      // The deadline passes the caller's cancellation on as the reason of whatever it ends.
      if (isCancelled(reason)) throw reason;
      return networkOutcome(reason, this.#target);
    } finally {
      this.#sending--;
      deadline.clear();
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // undici's close waits for its queue, and a cancelled attempt may stand there until its connect
    // times out.
    await (this.#sending === 0 ? this.#agent.destroy() : this.#agent.close());
  }

  async #post(request: EncodedRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { url, headers } = this.#destination;
    return await this.#agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: "POST",
      headers: {
        ...headers,
        "content-length": String(request.body.length),
        ...(request.contentEncoding === undefined
          ? {}
          : { "content-encoding": request.contentEncoding }),
      },
      body: request.body,
      signal,
    });
  }

  #outcomeOf(answer: Answer, request: EncodedRequest): AttemptOutcome {
    const { status } = answer;
    switch (classifyStatus(status)) {
      case "ack-candidate":
        return acknowledgementOf(answer, request.recordCount, this.#destination.secrets);
      case "retryable": {
        const retryAfterMs = parseRetryAfterMs(answer.retryAfter, this.#options.clock.now());
        return { kind: "retryable", reason: describeStatus(status), retryAfterMs };
      }
      case "refusal":
        return refusalOf(answer, this.#destination.secrets);
      case "receiver-fault":
        return faultOf(answer, request, this.#destination.secrets);
    }
  }
}

/**
 * What a 2xx comes to. Throws the network's error when its body was cut: nobody knows what it would
 * have said.
 */
function acknowledgementOf(
  answer: Answer,
  recordCount: number,
  secrets: readonly string[],
): AttemptOutcome {
  const { status } = answer;
  if (answer.end === "cut") throw answer.cause;
  if (answer.end === "too-long") {
    return { kind: "receiver-fault", status, reason: `HTTP ${status}, but over 4 MiB of answer` };
  }
  const response = decodeExportResponse(answer.body);
  if (response === undefined) {
    const reason = `HTTP ${status}, but the answer is not an OTLP response`;
    return { kind: "receiver-fault", status, reason };
  }
  const { rejectedCount } = response;
  const message = cutMessage(withoutSecrets(response.message, secrets));
  if (rejectedCount === 0) {
    return { kind: "delivered", warning: message === "" ? undefined : message };
  }
  if (rejectedCount > 0 && rejectedCount <= recordCount) {
    return { kind: "partial", status, rejectedCount, message };
  }
  // An impossible count says that some were rejected and not how many: all of them are in doubt.
  const doubt = `the receiver reported ${rejectedCount} of ${recordCount} records rejected`;
  return { kind: "partial", status, rejectedCount: recordCount, message: `${doubt}: ${message}` };
}

/** What a refusal says of itself. A body that was cut says what it said until then. */
function refusalOf({ status, body }: Answer, secrets: readonly string[]): AttemptOutcome {
  const message = receiverMessage(body, secrets);
  const meaning = readRefusal(status, message);
  if (meaning === "entries") return { kind: "partial", status, rejectedCount: undefined, message };
  const reason = describeStatus(status);
  return { kind: "refused", status, isTooLarge: meaning === "too-large", reason, message };
}

/** A fault, with the receiver's words where they speak of the request line and headers and not of records. */
function faultOf(
  { status, body }: Answer,
  request: EncodedRequest,
  secrets: readonly string[],
): AttemptOutcome {
  const isQuoted = isQuotable(status) && !repeatsRequest(receiverMessage(body, secrets), request);
  const quote = isQuoted ? quoteReceiver(body, secrets) : undefined;
  return { kind: "receiver-fault", status, reason: describeStatus(status, quote) };
}

/** A final status and as much of its body as came, up to the limit. */
type Answer = {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: Buffer;
} & ({ readonly end: "whole" | "too-long" } | { readonly end: "cut"; readonly cause: unknown });

/** Never rejects: under most statuses a body that breaks off changes nothing. */
async function readBody(response: Dispatcher.ResponseData): Promise<Answer> {
  const header = response.headers["retry-after"];
  const head = {
    status: response.statusCode,
    retryAfter: typeof header === "string" ? header : header?.[0],
  };
  const stream: AsyncIterable<Buffer> = response.body;
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      // Leaving the loop destroys the stream, and with it the connection.
      if (size > MAX_RESPONSE_BYTES) {
        return { ...head, body: Buffer.concat(chunks), end: "too-long" };
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    return { ...head, body: Buffer.concat(chunks), end: "cut", cause };
  }
  return { ...head, body: Buffer.concat(chunks), end: "whole" };
}

function defaultPort(url: URL): number {
  return url.protocol === "https:" ? 443 : 80;
}
