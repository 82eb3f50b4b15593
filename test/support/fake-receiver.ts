// SPDX-License-Identifier: Apache-2.0
/**
 * A real OTLP/HTTP receiver on a port of its own, whose answers a test writes beforehand.
 *
 * It decodes every request with our strict decoder, checks that the body's length was announced and
 * kept, and remembers what it was asked and what it accepted. A request that breaks the protocol is
 * answered 400, and `close` then fails the test, as it does for connections that cannot be closed.
 * It accepts what it answers with 2xx; also `cut-mid-body`, where the receiver has the records and
 * only its answer is lost.
 */
import { createHash } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import type {
  IncomingHttpHeaders,
  IncomingMessage,
  RequestListener,
  ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { OtlpContentType } from "../../src/export/otlp-encoder.ts";
import { answerWith, isAccepting } from "./scripted-answer.ts";
import type { ScriptedAnswer } from "./scripted-answer.ts";
import { readReceivedRecords } from "./received-records.ts";
import type { ReceivedRecord } from "./received-records.ts";

const gunzipInThreadPool = promisify(gunzip);

/**
 * Answers in order of arrival, then `ok` for ever; or a function, for which undefined means `ok`.
 */
export type Script =
  | readonly ScriptedAnswer[]
  | ((
      request: ReceivedRequest,
      /** Of this request; empty with `keep: "uids"`. */
      records: readonly ReceivedRecord[],
    ) => ScriptedAnswer | undefined);

export interface ReceivedRequest {
  /** 0 for the first request since start. */
  readonly index: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came over the wire. */
  readonly wireBytes: number;
  readonly wireSha256: string;
  readonly uncompressedBytes: number;
  readonly recordCount: number;
  readonly uids: readonly string[];
  /** What was done with it; set before it is done. */
  answer: ScriptedAnswer;
}

export interface FakeReceiverOptions {
  readonly script?: Script;
  /** Real time to wait before each answer, for benches. */
  readonly delayMs?: number;
  /**
   * `uids` keeps only the uids of what it accepts and does not decode the rest: for 100,000 records
   * and more.
   */
  readonly keep?: "records" | "uids";
  /** PEM texts; with `ca`, clients must show a certificate that it signed. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string };
  /** Path at the end of `url`; every path is served. */
  readonly path?: string;
  /** Fixed port, to come back at an address that went away; default: any free one. */
  readonly port?: number;
}

export interface FakeReceiver {
  /** Of the logs endpoint. */
  readonly url: string;
  readonly port: number;
  /** All requests, also refused ones, in order of arrival. */
  readonly requests: readonly ReceivedRequest[];
  /** Accepted records; empty with `keep: "uids"`. */
  readonly records: readonly ReceivedRecord[];
  /** `log.record.uid` of all accepted records, with repeats. */
  readonly uids: readonly string[];
  /** Connections accepted since start. */
  readonly connectionCount: number;
  /** What clients did against the protocol. */
  readonly violations: readonly string[];
  /** Replaces what is left of the script. */
  script(script: Script): void;
  /** Forgets requests and records so far, for runs that are long; the next request still has the next index. */
  forget(): void;
  /** Breaks all connections and stops. Rejects when a client broke the protocol. */
  close(): Promise<void>;
}

export async function startFakeReceiver(options: FakeReceiverOptions = {}): Promise<FakeReceiver> {
  const receiver = new HttpFakeReceiver(options);
  await receiver.listen();
  return receiver;
}

class HttpFakeReceiver implements FakeReceiver {
  readonly requests: ReceivedRequest[] = [];
  readonly records: ReceivedRecord[] = [];
  readonly uids: string[] = [];
  readonly violations: string[] = [];
  connectionCount = 0;
  port = 0;
  readonly #options: FakeReceiverOptions;
  readonly #server: ReturnType<typeof createHttpServer>;
  readonly #sockets = new Set<Socket>();
  #script: Script;
  #nextIndex = 0;

  constructor(options: FakeReceiverOptions) {
    this.#options = options;
    this.#script = options.script ?? [];
    const listener: RequestListener = (request, response) => {
      this.#serve(request, response).catch((reason: unknown) => {
        // The client went away, or this class has a bug; the latter shows as a violation.
        if (!request.destroyed) this.violations.push(`not served: ${String(reason)}`);
        response.destroy();
      });
    };
    const { tls } = options;
    this.#server =
      tls === undefined
        ? createHttpServer(listener)
        : createHttpsServer({ ...tls, requestCert: tls.ca !== undefined }, listener);
    this.#server.on("connection", (socket: Socket) => {
      this.connectionCount++;
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    const scheme = this.#options.tls === undefined ? "http" : "https";
    return `${scheme}://127.0.0.1:${this.port}${this.#options.path ?? "/v1/logs"}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#options.port ?? 0, "127.0.0.1", resolve);
    });
    this.port = (this.#server.address() as AddressInfo).port;
  }

  script(script: Script): void {
    this.#script = script;
  }

  forget(): void {
    for (const kept of [this.requests, this.records, this.uids]) kept.length = 0;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    if (this.violations.length > 0) throw new Error(`protocol: ${this.violations.join("; ")}`);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const wire = await readWhole(request);
    const violation = framingProblem(request, wire);
    if (violation !== undefined) {
      this.#refuse(response, violation);
      return;
    }
    const isGzip = request.headers["content-encoding"] === "gzip";
    const body = isGzip ? await gunzipInThreadPool(wire) : wire;
    const contentType = request.headers["content-type"] as OtlpContentType;
    const content = readReceivedRecords(body, contentType, this.#options.keep ?? "records");
    if (content.kind === "malformed") {
      this.#refuse(response, content.problem);
      return;
    }
    const received: ReceivedRequest = {
      index: this.#nextIndex++,
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      wireBytes: wire.length,
      wireSha256: createHash("sha256").update(wire).digest("hex"),
      uncompressedBytes: body.length,
      recordCount: content.uids.length,
      uids: content.uids,
      answer: "ok",
    };
    this.requests.push(received);
    received.answer = this.#nextAnswer(received, content.records);
    if (isAccepting(received.answer)) {
      for (const uid of content.uids) this.uids.push(uid);
      for (const record of content.records) this.records.push(record);
    }
    const { delayMs = 0 } = this.#options;
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    answerWith(received.answer, response, contentType);
  }

  #nextAnswer(request: ReceivedRequest, records: readonly ReceivedRecord[]): ScriptedAnswer {
    if (typeof this.#script === "function") return this.#script(request, records) ?? "ok";
    const [next, ...rest] = this.#script;
    this.#script = rest;
    return next ?? "ok";
  }

  #refuse(response: ServerResponse, violation: string): void {
    this.violations.push(violation);
    response.writeHead(400, { "content-type": "text/plain" }).end(violation);
  }
}

async function readWhole(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Some receivers refuse chunked bodies; ours must always say how long its body is. */
function framingProblem(request: IncomingMessage, wire: Buffer): string | undefined {
  const { headers } = request;
  if (headers["transfer-encoding"] !== undefined) return "a chunked body";
  if (headers["content-length"] !== String(wire.length)) return "a wrong Content-Length";
  const type = headers["content-type"];
  if (type !== "application/x-protobuf" && type !== "application/json") {
    return `Content-Type ${type ?? "missing"}`;
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "gzip") return `Content-Encoding ${encoding}`;
  return undefined;
}
