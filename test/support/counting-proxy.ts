// SPDX-License-Identifier: Apache-2.0
/**
 * A loopback proxy in front of the storage emulator that counts what a client asks for, and makes the storage of bad
 * days on demand. Shared-key signatures cover path and headers but not the host, so clients sign as always; they only
 * need the proxy's address in their account URL or connection string.
 */
import { Agent, createServer, request as httpRequest } from "node:http";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import type { AzuriteAddress } from "./azurite.ts";
import { ownAnswer } from "./storage-fault.ts";
import type { Fault } from "./storage-fault.ts";

export type RequestKind = "list" | "read" | "head" | "write" | "other";

export interface SeenRequest {
  readonly kind: RequestKind;
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly range: string | undefined;
  readonly headers: IncomingMessage["headers"];
}

export interface KindCounts {
  readonly requests: number;
  /** Body bytes that the client was sent. */
  readonly responseBytes: number;
}

export interface CountingProxy {
  readonly connectionString: string;
  readonly accountUrl: string;
  /** Counts since the start or the last reset. */
  counts(): Readonly<Record<RequestKind, KindCounts>>;
  /** Requests since the start or the last reset, in order. */
  requests(): readonly SeenRequest[];
  reset(): void;
  /** Decides about each following request; undefined ends all faults. */
  inject(decide: ((request: SeenRequest) => Fault | undefined) | undefined): void;
  close(): Promise<void>;
}

const KINDS: readonly RequestKind[] = ["list", "read", "head", "write", "other"];

/** Listens on a free port of loopback; the caller closes it. */
export async function startCountingProxy(azurite: AzuriteAddress): Promise<CountingProxy> {
  const proxy = new StorageProxy(new URL(azurite.accountUrl));
  const origin = await proxy.listen();
  const accountUrl = `${origin}/${azurite.accountName}`;
  return {
    accountUrl,
    connectionString: azurite.connectionString.replace(azurite.accountUrl, accountUrl),
    counts: () => proxy.counts(),
    requests: () => proxy.seen,
    reset: () => {
      proxy.reset();
    },
    inject: (decide) => {
      proxy.decide = decide;
    },
    close: async () => {
      await proxy.close();
    },
  };
}

class StorageProxy {
  decide: ((request: SeenRequest) => Fault | undefined) | undefined;
  seen: SeenRequest[] = [];
  readonly #target: URL;
  readonly #bytes = new Map<RequestKind, number>();
  // Keep-alive would race with the emulator's own idle timeout and fail requests that are not to blame.
  readonly #agent = new Agent({ keepAlive: false });
  readonly #server = createServer((request, response) => {
    void this.#serve(request, response);
  });

  constructor(target: URL) {
    this.#target = target;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#agent.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  reset(): void {
    this.seen = [];
    this.#bytes.clear();
  }

  counts(): Record<RequestKind, KindCounts> {
    const entries = KINDS.map((kind): [RequestKind, KindCounts] => [
      kind,
      {
        requests: this.seen.filter((request) => request.kind === kind).length,
        responseBytes: this.#bytes.get(kind) ?? 0,
      },
    ]);
    return Object.fromEntries(entries) as Record<RequestKind, KindCounts>;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seen = describe(request);
    this.seen.push(seen);
    const fault = this.decide?.(seen);
    switch (fault?.kind) {
      case "status":
        request.resume();
        this.#refuse(seen, response, fault);
        return;
      case "reset":
        request.socket.destroy();
        return;
      case "delay":
        await new Promise((resolve) => setTimeout(resolve, fault.ms));
        break;
      case "hold":
        await fault.until;
        break;
      case "cut":
      case "lost-answer":
      case undefined:
        break;
    }
    this.#forward(seen, request, response, fault);
  }

  #refuse(seen: SeenRequest, response: ServerResponse, fault: Fault & { kind: "status" }): void {
    const { headers, body } = ownAnswer(fault);
    response.writeHead(fault.status, headers);
    const text = seen.kind === "head" ? "" : body;
    this.#addBytes(seen.kind, text.length);
    response.end(text);
  }

  #forward(
    seen: SeenRequest,
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
  ): void {
    const upstream: ClientRequest = httpRequest(
      {
        host: this.#target.hostname,
        port: this.#target.port,
        method: request.method,
        path: request.url,
        headers: request.headers,
        agent: this.#agent,
      },
      (answer) => {
        this.#answer(seen, answer, response, fault);
      },
    );
    upstream.on("error", () => response.destroy());
    response.on("close", () => {
      // A client that cancels must not leave the request to the emulator open.
      if (!response.writableFinished) upstream.destroy();
    });
    request.pipe(upstream);
  }

  #answer(
    seen: SeenRequest,
    answer: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
  ): void {
    if (fault?.kind === "lost-answer") {
      answer.resume().on("end", () => response.destroy());
      return;
    }
    let bytesLeft = fault?.kind === "cut" ? fault.afterBytes : Infinity;
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    answer.on("data", (chunk: Buffer) => {
      const part = chunk.subarray(0, Math.min(chunk.length, bytesLeft));
      bytesLeft -= part.length;
      this.#addBytes(seen.kind, part.length);
      const hasRoom = response.write(part);
      if (bytesLeft === 0) {
        answer.destroy();
        response.socket?.end();
      } else if (!hasRoom) pauseUntilDrained(answer, response);
    });
    answer.on("end", () => response.end());
    answer.on("error", () => response.destroy());
  }

  #addBytes(kind: RequestKind, bytes: number): void {
    this.#bytes.set(kind, (this.#bytes.get(kind) ?? 0) + bytes);
  }
}

function pauseUntilDrained(answer: IncomingMessage, response: ServerResponse): void {
  answer.pause();
  response.once("drain", () => answer.resume());
}

function describe(request: IncomingMessage): SeenRequest {
  const { method = "GET", url = "/", headers } = request;
  const range = headers["x-ms-range"] ?? headers.range;
  return {
    kind: kindOf(method, new URL(url, "http://proxy").searchParams),
    method,
    url,
    range: Array.isArray(range) ? range[0] : range,
    headers,
  };
}

function kindOf(method: string, query: URLSearchParams): RequestKind {
  if (method === "HEAD") return "head";
  if (method !== "GET") return "write";
  if (query.get("comp") === "list") return "list";
  return query.has("comp") || query.has("restype") ? "other" : "read";
}
