// SPDX-License-Identifier: Apache-2.0
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import type { FaultProxy } from "../support/fault-proxy.ts";
import { ManualClock } from "../support/manual-clock.ts";

let clock: ManualClock;
let target: Server;
let proxy: FaultProxy;
let peers: Peer[];
/** What the target got, over all connections. */
let heard: string;

/** One end of a connection, and what came of it. */
class Peer {
  readonly socket: Socket;
  text = "";
  hasEnded = false;
  error: string | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (piece: Buffer) => (this.text += piece.toString()));
    socket.on("end", () => (this.hasEnded = true));
    socket.on("error", (error: NodeJS.ErrnoException) => (this.error = error.code));
  }

  get isOver(): boolean {
    return this.socket.destroyed;
  }
}

beforeEach(async () => {
  clock = new ManualClock();
  heard = "";
  peers = [];
  // An echo that ends when its client does.
  target = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (piece: Buffer) => {
      heard += piece.toString();
      socket.write(piece);
    });
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  proxy = await startFaultProxy((target.address() as AddressInfo).port, { clock });
});

afterEach(async () => {
  for (const { socket } of peers) socket.destroy();
  await proxy.close();
  expect(clock.pendingSleeps).toBe(0);
  expect(proxy.counts().openConnections).toBe(0);
  await new Promise((resolve) => target.close(resolve));
});

function dial(text = ""): Peer {
  const peer = new Peer(connect({ port: proxy.port, host: "127.0.0.1", allowHalfOpen: true }));
  peers.push(peer);
  if (text !== "") peer.socket.write(text);
  return peer;
}

async function echoed(peer: Peer, text: string): Promise<void> {
  await eventually(`${text} comes back`, () => peer.text === text);
}

/** Lets sockets do all that they can without time going on. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("a fault proxy without a fault", () => {
  it("passes bytes and ends both ways, and counts", async () => {
    const peer = dial("hello");
    await echoed(peer, "hello");
    peer.socket.end();
    await eventually("the end comes back", () => peer.hasEnded);
    expect(proxy.counts()).toMatchObject({
      connections: 1,
      bytes: { "to-target": 5, "to-client": 5 },
      hurt: {},
    });
  });

  it("passes a large body unchanged", async () => {
    const text = "0123456789abcdef".repeat(300_000);
    await echoed(dial(text), text);
  });

  it("resets its client when the target is not there", async () => {
    target.close();
    const peer = dial("x");
    await eventually("it breaks", () => peer.isOver);
    expect(peer.error).toBe("ECONNRESET");
  });
});

describe("a fault proxy", () => {
  it("refuses, breaks what is open, and listens again at its port", async () => {
    const open = dial("a");
    await echoed(open, "a");
    await proxy.setFault({ kind: "refuse" });
    await eventually("it breaks", () => open.isOver);
    const refused = dial("b");
    await eventually("it is refused", () => refused.isOver);
    expect([open.error, refused.error]).toEqual(["ECONNRESET", "ECONNREFUSED"]);
    await proxy.setFault(undefined);
    await echoed(dial("c"), "c");
    expect(proxy.counts()).toMatchObject({ connections: 2, hurt: { refuse: 1 } });
  });

  it("resets what is open and what comes", async () => {
    const open = dial("a");
    await echoed(open, "a");
    await proxy.setFault({ kind: "reset" });
    const next = dial("b");
    await eventually("both break", () => open.isOver && next.isOver);
    expect([open.error, next.error]).toEqual(["ECONNRESET", "ECONNRESET"]);
    expect(proxy.counts().hurt).toEqual({ reset: 2 });
  });

  it("swallows everything in a black hole, and gives it back when that ends", async () => {
    const open = dial("a");
    await echoed(open, "a");
    await proxy.setFault({ kind: "black-hole" });
    open.socket.write("b");
    const next = dial("c");
    await turns();
    expect([heard, open.text, next.text]).toEqual(["a", "a", ""]);
    expect([open.isOver, next.isOver]).toEqual([false, false]);
    await proxy.setFault(undefined);
    await echoed(open, "ab");
    await echoed(next, "c");
    expect(proxy.counts().hurt).toEqual({ "black-hole": 2 });
  });

  it("lets a request through and never its answer", async () => {
    await proxy.setFault({ kind: "no-answer" });
    const peer = dial("question");
    await eventually("it is heard", () => heard === "question");
    await turns();
    expect([peer.text, peer.isOver]).toEqual(["", false]);
  });

  it("delays by the clock", async () => {
    await proxy.setFault({ kind: "delay", ms: 5_000 });
    const peer = dial("slow");
    await eventually("it waits", () => clock.pendingSleeps > 0);
    await clock.advance(4_999);
    await turns();
    expect(heard).toBe("");
    await clock.advance(1);
    await eventually(
      "it is heard, and the answer waits",
      () => heard === "slow" && clock.pendingSleeps > 0,
    );
    await clock.advance(5_000);
    await echoed(peer, "slow");
  });

  it("throttles by the clock", async () => {
    await proxy.setFault({ kind: "throttle", bytesPerSecond: 1_000 });
    dial("x".repeat(2_500));
    await eventually("the first share is heard", () => heard.length === 100);
    for (let second = 1; second <= 2; second++) {
      for (let step = 0; step < 10; step++) {
        await clock.advance(100);
        await turns();
      }
      expect(heard.length).toBe(1_000 * second + 100);
    }
  });

  it.each(["reset", "end"] as const)("cuts an answer by a %s behind so many bytes", async (by) => {
    await proxy.setFault({ kind: "cut", direction: "to-client", afterBytes: 3, by });
    const peer = dial("abcdefgh");
    await eventually("it is cut", () => (by === "end" ? peer.hasEnded : peer.isOver));
    expect("abc".startsWith(peer.text)).toBe(true);
    if (by === "end") expect(peer.text).toBe("abc");
    expect(peer.error).toBe(by === "end" ? undefined : "ECONNRESET");
    expect(proxy.counts()).toMatchObject({ bytes: { "to-client": 3 }, hurt: { cut: 1 } });
  });

  it("cuts a request, counting over several pieces", async () => {
    await proxy.setFault({ kind: "cut", direction: "to-target", afterBytes: 5, by: "end" });
    const peer = dial("abc");
    await echoed(peer, "abc");
    peer.socket.write("defgh");
    await eventually("it is cut", () => peer.isOver || peer.hasEnded);
    await eventually("the part is heard", () => heard === "abcde");
  });

  it("closes one half: the answer ends before it began, the request goes on", async () => {
    await proxy.setFault({ kind: "half-close" });
    const peer = dial("one");
    await eventually("the end comes", () => peer.hasEnded);
    peer.socket.write("two");
    await eventually("more is heard", () => heard === "onetwo");
    expect([peer.text, peer.isOver]).toEqual(["", false]);
  });

  it("takes a script: each connection has a fault of its own", async () => {
    await proxy.setFault((connection) => (connection === 1 ? { kind: "reset" } : undefined));
    const first = dial("a");
    await echoed(first, "a");
    const bad = dial("b");
    await eventually("the second breaks", () => bad.isOver);
    const third = dial("c");
    await echoed(third, "c");
    expect(first.isOver).toBe(false);
  });

  it("leaves nothing behind in the middle of everything", async () => {
    await proxy.setFault({ kind: "delay", ms: 60_000 });
    const delayed = dial("a");
    await eventually("it waits", () => clock.pendingSleeps > 0);
    await proxy.close();
    await eventually("the client notices", () => delayed.isOver);
    await proxy.setFault(undefined);
    const late = dial("b");
    await eventually("nobody listens", () => late.isOver);
    expect(late.error).toBe("ECONNREFUSED");
  });
});
