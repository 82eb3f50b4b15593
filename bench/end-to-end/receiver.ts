// SPDX-License-Identifier: Apache-2.0
/** Starts the bench's collector in a process of its own, and asks it what it has got. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { ReceiverCounts } from "./receiver-process.ts";

export interface Receiver {
  readonly endpoint: string;
  counts(): Promise<ReceiverCounts>;
  close(): Promise<void>;
}

export async function startReceiver(delayMs: number): Promise<Receiver> {
  const main = fileURLToPath(new URL("./receiver-process.ts", import.meta.url));
  const child = fork(main, [String(delayMs)]);
  const exited = once(child, "exit");
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    endpoint: `http://127.0.0.1:${port}`,
    counts: async () => {
      const answer = once(child, "message");
      child.send("counts");
      const [counts] = (await answer) as [ReceiverCounts];
      return counts;
    },
    close: async () => {
      child.disconnect();
      await exited;
    },
  };
}

/** An address at which nobody listens: connections are refused. */
export async function refusingEndpoint(): Promise<string> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}
