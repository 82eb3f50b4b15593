// SPDX-License-Identifier: Apache-2.0
/**
 * The demo's collector: a real OTLP/HTTP receiver on loopback. It decodes what comes, acknowledges it as the
 * specification asks, and counts records by `log.record.uid`, so that a repeat shows as a repeat.
 * It stores nothing, and its memory grows with the number of records (their uids): it is for demonstrations.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import type { DecodedLogsRequest } from "../export/decoded-logs.ts";
import { decodeLogsRequest } from "../export/otlp-decoder.ts";
import { toDemoRecord } from "./demo-record.ts";
import type { DemoRecord } from "./demo-record.ts";

export interface DemoReceiverCounts {
  readonly requests: number;
  /** Bytes of request bodies as sent, compressed or not. */
  readonly wireBytes: number;
  /** Records, repeats included. */
  readonly records: number;
  /** Records with different uids. */
  readonly distinct: number;
  /** Records whose uid had come before. */
  readonly duplicates: number;
  /** Records without `log.record.uid`. */
  readonly withoutUid: number;
  /** Requests that were no OTLP logs request. */
  readonly refusedRequests: number;
}

export interface DemoReceiver {
  /** Where to post logs to: `http://127.0.0.1:40123/v1/logs`. */
  readonly url: string;
  counts(): DemoReceiverCounts;
  /** True when a record of that uid has come. */
  hasReceived(uid: string): boolean;
  close(): Promise<void>;
}

const PATH = "/v1/logs";
/** Far above any batch; stops a mistake, not an attack. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/x-protobuf";

const gunzipInThreadPool = promisify(gunzip);

/** Listens on a free port of loopback. `onRecord` hears of every record, and whether it is a repeat. */
export async function startDemoReceiver(
  onRecord: (record: DemoRecord, isRepeat: boolean) => void = () => undefined,
): Promise<DemoReceiver> {
  const tally = new Tally(onRecord);
  const server = createServer((request, response) => {
    void serve(request, response, tally);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${PATH}`,
    counts: () => tally.counts(),
    hasReceived: (uid) => tally.uids.has(uid),
    close: async () => {
      await close(server);
    },
  };
}

class Tally {
  readonly uids = new Set<string>();
  readonly #onRecord: (record: DemoRecord, isRepeat: boolean) => void;
  #requests = 0;
  #wireBytes = 0;
  #records = 0;
  #withoutUid = 0;
  #refusedRequests = 0;

  constructor(onRecord: (record: DemoRecord, isRepeat: boolean) => void) {
    this.#onRecord = onRecord;
  }

  accept(request: DecodedLogsRequest, wireBytes: number): void {
    this.#requests += 1;
    this.#wireBytes += wireBytes;
    for (const { resource, scopeLogs } of request.resourceLogs) {
      for (const { logRecords } of scopeLogs) {
        for (const record of logRecords) this.#count(toDemoRecord(resource.attributes, record));
      }
    }
  }

  refuse(): void {
    this.#refusedRequests += 1;
  }

  counts(): DemoReceiverCounts {
    return {
      requests: this.#requests,
      wireBytes: this.#wireBytes,
      records: this.#records,
      distinct: this.uids.size,
      duplicates: this.#records - this.#withoutUid - this.uids.size,
      withoutUid: this.#withoutUid,
      refusedRequests: this.#refusedRequests,
    };
  }

  #count(record: DemoRecord): void {
    this.#records += 1;
    const isRepeat = record.uid !== undefined && this.uids.has(record.uid);
    if (record.uid === undefined) this.#withoutUid += 1;
    else this.uids.add(record.uid);
    this.#onRecord(record, isRepeat);
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  tally: Tally,
): Promise<void> {
  try {
    if (request.method !== "POST" || request.url !== PATH) {
      refuse(response, 404, "post logs to /v1/logs", tally);
      return;
    }
    const isJson = request.headers["content-type"]?.startsWith(JSON_TYPE) === true;
    const contentType = isJson ? JSON_TYPE : PROTOBUF_TYPE;
    const sent = await readBody(request);
    const decoded = decodeLogsRequest(await inflated(request, sent), contentType);
    if (decoded.kind === "malformed") {
      refuse(response, 400, decoded.problem, tally);
      return;
    }
    tally.accept(decoded.request, sent.length);
    // In protobuf the empty response has no bytes at all.
    response.writeHead(200, { "content-type": contentType }).end(isJson ? "{}" : "");
  } catch (error) {
    // A broken or oversize body: the sender is told, and the demo goes on.
    refuse(response, 400, error instanceof Error ? error.message : "unreadable body", tally);
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw new RangeError("the body is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function inflated(request: IncomingMessage, body: Buffer): Promise<Buffer> {
  if (request.headers["content-encoding"] !== "gzip") return body;
  return await gunzipInThreadPool(body, { maxOutputLength: MAX_BODY_BYTES });
}

function refuse(response: ServerResponse, status: number, message: string, tally: Tally): void {
  tally.refuse();
  if (response.headersSent) return;
  response.writeHead(status, { "content-type": "text/plain" }).end(`${message}\n`);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.closeAllConnections();
  await closed;
}
