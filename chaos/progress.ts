// SPDX-License-Identifier: Apache-2.0
/** How far the run is: one line that is written over on a terminal, a line now and then in a pipe. */
import type { Scenario } from "./scenario.ts";
import type { Violation } from "./violations.ts";

export interface Progress {
  /** A line of its own, whatever stood there. */
  readonly say: (text: string) => void;
  readonly end: () => void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
}

const TERMINAL_EVERY_MS = 250;
const PIPE_EVERY_MS = 15_000;
const CLEAR_LINE = "\r\u001b[2K";

/** Shows the run until `end`. */
export function showProgress(out: Terminal, forMs: number, scenario: Scenario): Progress {
  const isTerminal = out.isTTY === true;
  const clear = isTerminal ? CLEAR_LINE : "";
  const show = (): void => {
    const line = lineOf(scenario, forMs / 1000);
    out.write(isTerminal ? clear + line.slice(0, (out.columns ?? 100) - 1) : `${line}\n`);
  };
  const timer = setInterval(show, isTerminal ? TERMINAL_EVERY_MS : PIPE_EVERY_MS);
  return {
    say: (text) => {
      out.write(`${clear}${text}\n`);
    },
    end: () => {
      clearInterval(timer);
      out.write(clear);
    },
  };
}

function lineOf(scenario: Scenario, forSeconds: number): string {
  const { timeline, truth, receiver, lanes, machine, letters } = scenario.parts;
  const { openRecords } = scenario;
  const seconds = timeline.nowMs / 1000;
  const phase = seconds < forSeconds ? `${Math.round(seconds)}/${forSeconds} s` : "healing";
  const wrong = [...lanes.present].map(([lane, kind]) => `${lane} ${kind}`).join(", ");
  const { kept } = receiver.receipts;
  return (
    `chaos: ${phase}, ${truth.recordCount} records, ${kept.size} received, ${letters.byUid.size} kept, ` +
    `${openRecords} open, ${machine.counts.kills} kills${wrong === "" ? "" : `; ${wrong}`}`
  );
}

export function textOf({ atMs, kind, detail, faults }: Violation): string {
  const before = faults.length === 0 ? "" : `\n  before: ${faults.join("; ")}`;
  return `BROKEN after ${(atMs / 1000).toFixed(1)} s: ${kind}: ${detail}${before}`;
}
