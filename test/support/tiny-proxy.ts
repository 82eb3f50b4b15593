// SPDX-License-Identifier: Apache-2.0
/**
 * A real HTTP proxy that forwards plain requests and tunnels CONNECT, and remembers what it was
 * asked for.
 */
import { createServer, request as sendRequest } from "node:http";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface TinyProxy {
  readonly port: number;
  /** `POST http://host:port/path` or `CONNECT host:port`, in order. */
  readonly asked: readonly string[];
  /** Proxy-Authorization headers, in order; "" when there was none. */
  readonly authorizations: readonly string[];
  /** Connections accepted from clients. */
  connectionCount(): number;
  close(): Promise<void>;
}

/** With `refuseWith`, it answers everything with that status. */
export async function startTinyProxy(refuseWith?: number): Promise<TinyProxy> {
  const asked: string[] = [];
  const authorizations: string[] = [];
  const sockets = new Set<Socket>();
  const note = (request: IncomingMessage): void => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
    authorizations.push(request.headers["proxy-authorization"] ?? "");
  };
  const server = createServer((request, response) => {
    note(request);
    if (refuseWith !== undefined) {
      request.resume();
      response.writeHead(refuseWith).end();
      return;
    }
    const { method, headers } = request;
    const onward = sendRequest(request.url ?? "", { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on("connect", (request, socket: Socket) => {
    note(request);
    if (refuseWith !== undefined) {
      socket.end(`HTTP/1.1 ${refuseWith} No\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url ?? ""}`);
    const onward = connect(Number(port), hostname, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    sockets.add(onward);
    onward.on("error", () => socket.destroy());
    socket.on("error", () => onward.destroy());
  });
  let connections = 0;
  server.on("connection", (socket) => {
    connections++;
    sockets.add(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    authorizations,
    connectionCount: () => connections,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
