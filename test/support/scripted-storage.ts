// SPDX-License-Identifier: Apache-2.0
/**
 * An HTTP server that answers as a storage service that misbehaves would: one scripted answer a request, in order.
 * What Azurite never does (empty pages with a token, cut bodies, refusals) is played here.
 */
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AnonymousCredential, ContainerClient } from "@azure/storage-blob";

export interface ScriptedStorage {
  /** Client of the container `logs` on this server, its own retries off. */
  readonly client: ContainerClient;
  /** `GET /logs?comp=list…` and the range asked for, of each request. */
  readonly requests: {
    readonly line: string;
    readonly url: URL;
    readonly range: string | undefined;
  }[];
  /** The next answer; calls queue up. */
  answer(reply: Reply): void;
  close(): Promise<void>;
}

export type Reply = (response: ServerResponse, request: IncomingMessage) => void;

export async function startScriptedStorage(): Promise<ScriptedStorage> {
  const replies: Reply[] = [];
  const requests: ScriptedStorage["requests"] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://x");
    const range = request.headers["x-ms-range"] ?? request.headers.range;
    requests.push({
      line: `${request.method ?? ""} ${request.url ?? ""}`,
      url,
      range: Array.isArray(range) ? range[0] : range,
    });
    const reply = replies.shift() ?? failed(500, "NoScript");
    reply(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const client = new ContainerClient(
    `http://127.0.0.1:${port}/acct/logs?sv=2026&sig=SECRET`,
    new AnonymousCredential(),
    { retryOptions: { maxTries: 1 } },
  );
  return {
    client,
    requests,
    answer: (reply) => void replies.push(reply),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An error as the service words it; without a code as a proxy would. */
export function failed(status: number, code?: string, headers: Record<string, string> = {}): Reply {
  return (response, request) => {
    const coded = code === undefined ? {} : { "x-ms-error-code": code };
    response.writeHead(status, { "content-type": "application/xml", ...coded, ...headers });
    const body =
      code === undefined
        ? "<html>proxy</html>"
        : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`;
    response.end(request.method === "HEAD" ? undefined : body);
  };
}

/** One page of a listing. */
export function page(
  names: readonly string[],
  nextMarker = "",
  folders: readonly string[] = [],
): Reply {
  const blobs = names.map(
    (name) =>
      `<Blob><Name>${name}</Name><Properties>` +
      "<Creation-Time>Thu, 15 Jan 2026 10:00:00 GMT</Creation-Time>" +
      "<Last-Modified>Thu, 15 Jan 2026 10:30:00 GMT</Last-Modified>" +
      "<Content-Length>42</Content-Length></Properties></Blob>",
  );
  const prefixes = folders.map((name) => `<BlobPrefix><Name>${name}</Name></BlobPrefix>`);
  const xml =
    '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="x" ContainerName="logs">' +
    `<Blobs>${blobs.join("")}${prefixes.join("")}</Blobs><NextMarker>${nextMarker}</NextMarker></EnumerationResults>`;
  return (response) => {
    response.writeHead(200, { "content-type": "application/xml" });
    response.end(xml);
  };
}

/** A range of a blob. `announced` is the Content-Length, where it differs from what comes. */
export function range(
  text: string,
  contentRange: string | undefined,
  announced = Buffer.byteLength(text),
): Reply {
  return (response) => {
    response.writeHead(contentRange === undefined ? 200 : 206, {
      "content-length": announced,
      ...(contentRange !== undefined && { "content-range": contentRange }),
      "x-ms-creation-time": "Thu, 15 Jan 2026 10:00:00 GMT",
      "last-modified": "Thu, 15 Jan 2026 10:30:00 GMT",
      etag: '"0x1"',
      date: "Thu, 15 Jan 2026 11:00:00 GMT",
      "x-ms-blob-committed-block-count": "7",
    });
    response.write(text);
    if (announced > Buffer.byteLength(text)) response.destroy();
    else response.end();
  };
}

/** Takes the request and never answers. */
export const silence: Reply = () => undefined;
