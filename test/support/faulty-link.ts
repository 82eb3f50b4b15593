// SPDX-License-Identifier: Apache-2.0
/** One connection through the fault proxy: two directions, each a loop of read, suffer the present fault, write. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { cancelled } from "../../src/errors.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import type { Direction, FaultKind, TcpFault } from "./fault-proxy.ts";

interface LinkSurroundings {
  readonly clock: Clock;
  /** Aborts when the proxy closes. */
  readonly closed: AbortSignal;
  /** The fault of this connection now. */
  readonly fault: () => TcpFault | undefined;
  readonly onBytes: (direction: Direction, bytes: number) => void;
  /** Called once for each kind that hurts this connection. */
  readonly onHurt: (kind: FaultKind) => void;
}

/** A throttled direction sends this often. */
const THROTTLE_STEP_MS = 100;

export class FaultyLink {
  readonly #client: Socket;
  readonly #target: Socket;
  readonly #around: LinkSurroundings;
  readonly #hurt = new Set<FaultKind>();
  /** Aborts when the connection is over, one way or another. */
  readonly #over = new AbortController();
  /** Bytes that went through under the present fault. */
  #passed: Record<Direction, number> = { "to-target": 0, "to-client": 0 };
  #changed = Promise.withResolvers<undefined>();

  constructor(client: Socket, targetPort: number, around: LinkSurroundings) {
    this.#client = client;
    this.#target = connect({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true });
    this.#around = around;
    for (const socket of [client, this.#target]) {
      socket.on("error", () => {
        this.#reset();
      });
      socket.setNoDelay(true);
    }
  }

  /** Passes bytes on until both directions have ended, or the connection breaks. */
  async run(): Promise<void> {
    this.look();
    try {
      await Promise.all([
        this.#pass("to-target", this.#client, this.#target),
        this.#pass("to-client", this.#target, this.#client),
      ]);
    } finally {
      this.#reset();
    }
  }

  /** The fault may be another one now. */
  look(): void {
    this.#passed = { "to-target": 0, "to-client": 0 };
    if (this.#around.fault()?.kind === "reset") this.breakOff("reset");
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers();
  }

  breakOff(kind: FaultKind): void {
    this.#note(kind);
    this.#reset();
  }

  #reset(): void {
    this.#over.abort();
    for (const socket of [this.#client, this.#target]) {
      if (socket.destroyed) continue;
      // libuv does not reset a socket that is ending: it would stay open for ever, and keep the process from its end.
      if (socket.writableEnded) socket.destroy();
      else socket.resetAndDestroy();
    }
    this.#changed.resolve(undefined);
  }

  async #pass(direction: Direction, from: Socket, to: Socket): Promise<void> {
    try {
      for await (const piece of from) {
        await this.#suffer(direction, to, piece as Buffer);
        if (this.#over.signal.aborted) return;
      }
      // The end goes through a black hole no more than bytes do.
      while (isHole(this.#around.fault(), direction)) await this.#nextChange();
      to.end();
    } catch (reason) {
      // A connection that broke is what this proxy is for.
      if (!this.#over.signal.aborted) throw reason;
    }
  }

  /** Passes one piece on as the present fault lets it. */
  async #suffer(direction: Direction, to: Socket, piece: Buffer): Promise<void> {
    for (let fault = this.#around.fault(); isHole(fault, direction); fault = this.#around.fault()) {
      this.#note(fault.kind);
      await this.#nextChange();
    }
    const fault = this.#around.fault();
    switch (fault?.kind) {
      case "delay":
        this.#note("delay");
        await this.#sleep(fault.ms);
        break;
      case "throttle":
        this.#note("throttle");
        await this.#trickle(direction, to, piece, fault.bytesPerSecond);
        return;
      case "cut":
        if (fault.direction !== direction) break;
        await this.#cut(fault, to, piece);
        return;
      case "half-close":
        if (direction === "to-target") break;
        this.#note("half-close");
        to.end();
        return;
      // Holes were waited out; these break connections elsewhere.
      case "black-hole":
      case "no-answer":
      case "refuse":
      case "reset":
      case undefined:
        break;
    }
    await this.#write(direction, to, piece);
  }

  async #trickle(
    direction: Direction,
    to: Socket,
    piece: Buffer,
    bytesPerSecond: number,
  ): Promise<void> {
    const share = Math.max(1, Math.floor((bytesPerSecond * THROTTLE_STEP_MS) / 1000));
    for (let at = 0; at < piece.length; at += share) {
      const part = piece.subarray(at, at + share);
      await this.#write(direction, to, part);
      // Waited after the bytes, by their number: the rate holds over any number of small pieces.
      await this.#sleep((part.length * 1000) / bytesPerSecond);
    }
  }

  async #cut(fault: TcpFault & { kind: "cut" }, to: Socket, piece: Buffer): Promise<void> {
    const left = fault.afterBytes - this.#passed[fault.direction];
    await this.#write(fault.direction, to, piece.subarray(0, Math.max(0, left)));
    if (piece.length < left) return;
    this.#note("cut");
    if (fault.by === "end") {
      // Both sides see an orderly end; what the other side still sends has nowhere to go.
      await new Promise<void>((resolve) => to.end(resolve));
    }
    this.#reset();
  }

  async #write(direction: Direction, to: Socket, piece: Buffer): Promise<void> {
    if (piece.length === 0 || !to.writable) return;
    this.#passed[direction] += piece.length;
    this.#around.onBytes(direction, piece.length);
    await new Promise<void>((resolve) => {
      to.write(piece, () => {
        resolve();
      });
    });
  }

  async #nextChange(): Promise<void> {
    await this.#changed.promise;
    if (this.#over.signal.aborted) throw cancelled(this.#over.signal);
  }

  async #sleep(ms: number): Promise<void> {
    const { clock, closed } = this.#around;
    await clock.sleep(ms, AbortSignal.any([closed, this.#over.signal]));
  }

  #note(kind: FaultKind): void {
    if (this.#hurt.has(kind)) return;
    this.#hurt.add(kind);
    this.#around.onHurt(kind);
  }
}

function isHole(
  fault: TcpFault | undefined,
  direction: Direction,
): fault is TcpFault & { kind: "black-hole" | "no-answer" } {
  return fault?.kind === "black-hole" || (fault?.kind === "no-answer" && direction === "to-client");
}
