// SPDX-License-Identifier: Apache-2.0
/**
 * A TCP proxy in front of any loopback port that makes the networks of bad days: it knows bytes and connections and
 * nothing of HTTP (for faults of single requests to storage see counting-proxy.ts). A fault holds for all connections,
 * old and new, from the moment that `setFault` resolves until the next call; a function decides for each connection by
 * its number. Delays and rates follow the given clock, so a test turns the hands and a run of real processes leaves it
 * to the system's. `close` ends every connection and every wait.
 */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { isCancelled } from "../../src/errors.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import { FaultyLink } from "./faulty-link.ts";

export type Direction = "to-target" | "to-client";

export type TcpFault =
  /** Nobody listens: new connections are refused, those there are break with a reset. */
  | { readonly kind: "refuse" }
  /** Accepts, and breaks the connection with a reset at once. */
  | { readonly kind: "reset" }
  /** Connections are open, and no byte goes through either way until the fault ends. */
  | { readonly kind: "black-hole" }
  /** The target gets every byte, and the client never gets an answer. */
  | { readonly kind: "no-answer" }
  /** Every piece goes on so much later. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Each direction of a connection lets so many bytes a second through. */
  | { readonly kind: "throttle"; readonly bytesPerSecond: number }
  /** Breaks a connection behind so many bytes of one direction: with a reset, or as if all had been sent. */
  | {
      readonly kind: "cut";
      readonly direction: Direction;
      readonly afterBytes: number;
      readonly by: "reset" | "end";
    }
  /** Ends the direction to the client with the first byte of an answer; what the client sends goes on. */
  | { readonly kind: "half-close" };

export type FaultKind = TcpFault["kind"];
/** `connection` counts from 0. */
export type FaultOf = (connection: number) => TcpFault | undefined;

export interface FaultCounts {
  /** Connections accepted. */
  readonly connections: number;
  readonly openConnections: number;
  /** Bytes that went through. */
  readonly bytes: Readonly<Record<Direction, number>>;
  /** Connections that a fault of the kind has hurt. A refused one is seen by nobody, and so not counted. */
  readonly hurt: Readonly<Partial<Record<FaultKind, number>>>;
}

export interface FaultProxy {
  readonly port: number;
  /** Resolves when the fault is in force; undefined ends it. */
  setFault(fault: TcpFault | FaultOf | undefined): Promise<void>;
  counts(): FaultCounts;
  close(): Promise<void>;
}

/** Listens on a free port of loopback and passes everything on to `targetPort`; the caller closes it. */
export async function startFaultProxy(
  targetPort: number,
  { clock = systemClock }: { clock?: Clock } = {},
): Promise<FaultProxy> {
  const proxy = new TcpProxy(targetPort, clock);
  const port = await proxy.listen(0);
  return {
    port,
    setFault: async (fault) => {
      if (proxy.isClosed) return;
      proxy.fault = fault;
      await (isRefusal(fault) ? proxy.deafen() : proxy.listen(port));
      proxy.tell();
    },
    counts: () => proxy.counts(),
    close: () => proxy.close(),
  };
}

class TcpProxy {
  fault: TcpFault | FaultOf | undefined;
  readonly #targetPort: number;
  readonly #clock: Clock;
  readonly #links = new Set<FaultyLink>();
  readonly #running = new Set<Promise<void>>();
  readonly #closed = new AbortController();
  readonly #counts = { connections: 0, bytes: { "to-target": 0, "to-client": 0 } };
  readonly #hurt = new Map<FaultKind, number>();
  #server: Server | undefined;

  constructor(targetPort: number, clock: Clock) {
    this.#targetPort = targetPort;
    this.#clock = clock;
  }

  get isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  /** Listens if it does not; resolves with the port. */
  async listen(port: number): Promise<number> {
    if (this.#server === undefined) {
      const server = createServer({ allowHalfOpen: true }, (client) => {
        this.#accept(client);
      });
      this.#server = server;
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(port, "127.0.0.1", resolve);
      });
    }
    return (this.#server.address() as AddressInfo).port;
  }

  /** Nobody listens from here on, and nobody is connected. */
  async deafen(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    const closed = new Promise((resolve) => {
      if (server === undefined) resolve(undefined);
      else server.close(resolve);
    });
    for (const link of this.#links) link.breakOff("refuse");
    await closed;
  }

  /** Lets every connection look at the present fault. */
  tell(): void {
    for (const link of this.#links) link.look();
  }

  counts(): FaultCounts {
    const { connections, bytes } = this.#counts;
    const hurt = Object.fromEntries(this.#hurt);
    return { connections, openConnections: this.#links.size, bytes: { ...bytes }, hurt };
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.deafen();
    await Promise.all(this.#running);
  }

  #accept(client: Socket): void {
    const index = this.#counts.connections++;
    const link = new FaultyLink(client, this.#targetPort, {
      clock: this.#clock,
      closed: this.#closed.signal,
      fault: () => (typeof this.fault === "function" ? this.fault(index) : this.fault),
      onBytes: (direction, bytes) => (this.#counts.bytes[direction] += bytes),
      onHurt: (kind) => this.#hurt.set(kind, (this.#hurt.get(kind) ?? 0) + 1),
    });
    this.#links.add(link);
    const running = link
      .run()
      .catch((reason: unknown) => {
        if (!isCancelled(reason)) throw reason;
      })
      .finally(() => {
        this.#links.delete(link);
        this.#running.delete(running);
      });
    this.#running.add(running);
  }
}

function isRefusal(fault: TcpFault | FaultOf | undefined): boolean {
  return typeof fault === "object" && fault.kind === "refuse";
}
