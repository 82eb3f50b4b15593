// SPDX-License-Identifier: Apache-2.0
/**
 * A storage service whose blobs are computed as they are read: gigabytes cost it nothing, which no emulator can say. It
 * knows the three calls of a reader (list with prefix, delimiter and startFrom; a range; the properties), asks for no
 * signature, and repeats one block of simulated events. A process of its own, told by its parent what to hold.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { hourBlobName } from "../../src/discover/blob-path.ts";
import { createAuditEventGenerator } from "../../src/simulate/audit-event-generator.ts";

export interface GeneratedContent {
  readonly resources: number;
  /** Length of each blob, about. */
  readonly blobBytes: number;
  /** `lines`: events from end to end. `endless-line`: one line of that length, and one block of events behind it. */
  readonly kind: "lines" | "endless-line";
  /** How often a blob grows until it has its length: each time, the reader has seen all that there was. */
  readonly growths: number;
}

export interface GeneratedFacts {
  readonly port: number;
  /** Records in all blobs; the endless line is none. */
  readonly records: number;
  readonly bytes: number;
}

/** Beyond zlib's window, so that repeating it compresses no better than new events. */
const BLOCK_RECORDS = 200;
const HOUR_MS = 3_600_000;
const ROOT =
  "resourceId=/SUBSCRIPTIONS/0000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/MANAGEDHSMS/";

const content = JSON.parse(process.argv[2] ?? "") as GeneratedContent;
const hourMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS;
const created = new Date(hourMs).toUTCString();
const block = events();
/** What the blob begins with, before its blocks. */
const head = content.kind === "lines" ? Buffer.alloc(0) : endlessLine();
const blocks = head.length > 0 ? 1 : Math.max(1, Math.floor(content.blobBytes / block.length));
const length = head.length + blocks * block.length;
const names = Array.from({ length: content.resources }, (_, index) =>
  hourBlobName(`${ROOT}HSM-${String(index).padStart(5, "0")}/`, hourMs),
);
let grown = 0;

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  const records = content.resources * blocks * BLOCK_RECORDS;
  process.send?.({ port, records, bytes: content.resources * length } satisfies GeneratedFacts);
});
process.on("disconnect", () => process.exit());

function events(): Buffer {
  const generator = createAuditEventGenerator({ seed: "bench", hsms: 1, vaults: 0 });
  const [resource] = generator.resources;
  if (resource === undefined) throw new Error("no resource");
  const lines = Array.from({ length: BLOCK_RECORDS }, (_, index) =>
    generator.nextEvent(resource, hourMs + index * 10),
  );
  return Buffer.from(`${lines.join("\n")}\n`);
}

function endlessLine(): Buffer {
  const line = Buffer.alloc(content.blobBytes, "x");
  line.write('{"pad":"');
  line.write('"}\n', line.length - 3);
  return line;
}

function lengthNow(): number {
  return Math.ceil((length * Math.min(grown + 1, content.growths)) / content.growths);
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://bench");
  if (url.searchParams.get("comp") === "list") {
    list(url.searchParams, response);
    return;
  }
  const present = lengthNow();
  const name = decodeURIComponent(url.pathname).split("/").slice(3).join("/");
  if (!names.includes(name)) {
    refuse(response, 404, "BlobNotFound");
    return;
  }
  if (request.method === "HEAD") {
    response.writeHead(200, { ...headers(), "content-length": present }).end();
    return;
  }
  const range = /^bytes=(\d+)-(\d+)$/.exec(String(request.headers["x-ms-range"]));
  const from = Number(range?.[1] ?? 0);
  const to = Math.min(present, Number(range?.[2] ?? present - 1) + 1);
  if (from >= present) refuse(response, 416, "InvalidRange");
  else await send(response, from, to, present);
}

async function send(
  response: ServerResponse,
  from: number,
  to: number,
  present: number,
): Promise<void> {
  const contentRange = `bytes ${from}-${to - 1}/${present}`;
  response.writeHead(206, {
    ...headers(),
    "content-length": to - from,
    "content-range": contentRange,
  });
  for (let at = from; at < to;) {
    const piece = pieceAt(at).subarray(0, to - at);
    at += piece.length;
    if (!response.write(piece)) await once(response, "drain");
  }
  if (to === present && present < length) grown++;
  response.end();
}

/** Some bytes that begin at an offset of the blob. */
function pieceAt(at: number): Buffer {
  return at < head.length ? head.subarray(at) : block.subarray((at - head.length) % block.length);
}

function headers(): Record<string, string> {
  return {
    etag: `"${lengthNow()}"`,
    "last-modified": new Date().toUTCString(),
    "x-ms-creation-time": created,
    "x-ms-blob-type": "AppendBlob",
    "x-ms-blob-committed-block-count": String(grown + 1),
  };
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "x-ms-error-code": code }).end();
}

function list(query: URLSearchParams, response: ServerResponse): void {
  const prefix = query.get("prefix") ?? "";
  const startFrom = query.get("startFrom") ?? "";
  const found = names.filter((name) => name.startsWith(prefix) && name >= startFrom);
  const isFlat = !query.has("delimiter");
  const folders = new Set(
    isFlat ? [] : found.map((name) => name.slice(0, name.indexOf("/", prefix.length) + 1)),
  );
  const blobs = (isFlat ? found : []).map(
    (name) =>
      `<Blob><Name>${name}</Name><Properties><Creation-Time>${created}</Creation-Time>` +
      `<Last-Modified>${new Date().toUTCString()}</Last-Modified><Etag>${lengthNow()}</Etag>` +
      `<Content-Length>${lengthNow()}</Content-Length><BlobType>AppendBlob</BlobType></Properties></Blob>`,
  );
  const prefixes = [...folders].map((name) => `<BlobPrefix><Name>${name}</Name></BlobPrefix>`);
  response.writeHead(200, { "content-type": "application/xml" });
  response.end(
    '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="x" ContainerName="x">' +
      `<Blobs>${blobs.join("")}${prefixes.join("")}</Blobs><NextMarker/></EnumerationResults>`,
  );
}
