// SPDX-License-Identifier: Apache-2.0
/**
 * The bench's collector, a process of its own: takes OTLP/HTTP, decodes it, notes every uid, and answers after the delay
 * in `argv[2]` (ms). Its messages to the parent: `{ port }` once it listens, and its counts whenever it is asked.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { decodeLogsRequest } from "../../src/export/otlp-decoder.ts";
import { readUids } from "./uid-reader.ts";

export interface ReceiverCounts {
  readonly requests: number;
  readonly wireBytes: number;
  /** Repeats included. */
  readonly records: number;
  readonly distinct: number;
  /** Records of the request that was answered first. */
  readonly recordsInFirstAnswer: number;
  /** What made a request unreadable; the bench fails then. */
  readonly problem: string | undefined;
}

const delayMs = Number(process.argv[2]);
const inflate = promisify(gunzip);
const uids = new Set<string>();
const counts = { requests: 0, wireBytes: 0, records: 0, recordsInFirstAnswer: 0 };
let problem: string | undefined;

const server = createServer((request, response) => {
  take(request, response).catch((error: unknown) => {
    problem ??= String(error);
    response.writeHead(500).end();
  });
});

server.listen(0, "127.0.0.1", () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
process.on("message", () => {
  process.send?.({ ...counts, distinct: uids.size, problem } satisfies ReceiverCounts);
});
process.on("disconnect", () => process.exit());

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const wire = Buffer.concat(chunks);
  const isCompressed = request.headers["content-encoding"] === "gzip";
  const records = decode(isCompressed ? await inflate(wire) : wire);
  if (delayMs > 0) await sleep(delayMs);
  if (counts.requests === 0) counts.recordsInFirstAnswer = records;
  counts.requests++;
  counts.wireBytes += wire.length;
  counts.records += records;
  response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
}

function decode(body: Buffer): number {
  // The first request as strictly as we can; the others no further than to their uids.
  if (counts.requests === 0) {
    const result = decodeLogsRequest(body, "application/x-protobuf");
    if (result.kind === "malformed") problem ??= result.problem;
  }
  let records = 0;
  readUids(body, (uid) => {
    records++;
    if (uid === undefined) problem ??= "a record without log.record.uid";
    else uids.add(uid);
  });
  return records;
}
