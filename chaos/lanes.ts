// SPDX-License-Identifier: Apache-2.0
/** Lets the planned faults happen, all lanes side by side, and counts them. Afterwards everything is well again. */
import type { TcpFault, FaultProxy } from "../test/support/fault-proxy.ts";
import type { FaultPlan, NetworkFaultKind, PlannedFault } from "./fault-plan.ts";
import type { Machine } from "./machine.ts";
import type { ChaosReceiver } from "./receiver.ts";
import type { ChaosStorage } from "./storage.ts";
import type { Timeline } from "./timeline.ts";
import type { Violations } from "./violations.ts";

export interface LaneParts {
  readonly plan: FaultPlan;
  readonly timeline: Timeline;
  readonly receiver: ChaosReceiver;
  readonly storage: ChaosStorage;
  readonly machine: Machine;
  readonly violations: Violations;
}

export class Lanes {
  readonly #parts: LaneParts;
  /** Faults that happened, by lane and kind. */
  readonly counts = new Map<string, number>();
  isOver = false;
  /** What is wrong now, by lane. */
  readonly present = new Map<string, string>();

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** Resolves when the last fault is over and undone. */
  async run(): Promise<void> {
    const { plan, receiver, storage, machine } = this.#parts;
    await Promise.all([
      this.#lane(
        "receiver",
        plan.receiver,
        this.#held((fault) => receiver.setFault(fault)),
      ),
      this.#lane(
        "storage",
        plan.storage,
        this.#held((fault) => {
          storage.setFault(fault);
          return Promise.resolve();
        }),
      ),
      this.#lane("receiver network", plan.receiverNetwork, this.#held(through(receiver.network))),
      this.#lane("storage network", plan.storageNetwork, this.#held(through(storage.network))),
      this.#lane("machine", plan.machine, (fault) => machine.suffer(fault)),
    ]);
    this.isOver = true;
  }

  async #lane<Kind extends string>(
    name: string,
    faults: readonly PlannedFault<Kind>[],
    suffer: (fault: PlannedFault<Kind>) => Promise<void>,
  ): Promise<void> {
    const { timeline, violations } = this.#parts;
    for (const fault of faults) {
      await timeline.until(fault.atMs);
      const what = `${name}: ${fault.kind}`;
      violations.noteFault(what);
      this.present.set(name, fault.kind);
      this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
      await suffer(fault);
      this.present.delete(name);
      violations.noteFault(`${what} is over`);
    }
  }

  /** A fault that is set, lasts, and is ended. */
  #held<Kind extends string>(
    set: (fault: PlannedFault<Kind> | undefined) => Promise<void>,
  ): (fault: PlannedFault<Kind>) => Promise<void> {
    return async (fault) => {
      await set(fault);
      await this.#parts.timeline.pass(fault.lastsMs);
      await set(undefined);
    };
  }
}

function through(
  proxy: FaultProxy,
): (fault: PlannedFault<NetworkFaultKind> | undefined) => Promise<void> {
  return async (fault) => {
    await proxy.setFault(fault && tcpFaultOf(fault));
  };
}

function tcpFaultOf({ kind, measure }: PlannedFault<NetworkFaultKind>): TcpFault {
  const afterBytes = Math.floor(measure ** 3 * 100_000);
  const direction = measure * 10 - Math.floor(measure * 10) < 0.5 ? "to-client" : "to-target";
  switch (kind) {
    case "delay":
      return { kind, ms: 50 + Math.floor(measure * 1_500) };
    case "throttle":
      return { kind, bytesPerSecond: 2_000 + Math.floor(measure * 200_000) };
    case "cut-reset":
      return { kind: "cut", direction, afterBytes, by: "reset" };
    case "cut-end":
      return { kind: "cut", direction, afterBytes, by: "end" };
    case "refuse":
    case "reset":
    case "black-hole":
    case "no-answer":
    case "half-close":
      return { kind };
  }
}
