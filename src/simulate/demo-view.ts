// SPDX-License-Identifier: Apache-2.0
/**
 * Shows the demo while it runs: records as they arrive, a line of counters below them that renews itself on a terminal
 * and comes now and then in a pipe, and the closing account. Prints at most so many records a second, because a
 * terminal is slower than a delivery; what was not printed is counted all the same.
 */
import type { Clock } from "../runtime/clock.ts";
import { formatCount } from "./amounts.ts";
import { countersLine, recordHeader, recordLine, summaryText } from "./demo-format.ts";
import type { Colors, DemoCounts } from "./demo-format.ts";
import type { DemoRecord } from "./demo-record.ts";

/** What the view writes to; a command's Output is one. */
export interface DemoOutput {
  readonly isTty: boolean;
  readonly columns: number | undefined;
  readonly colors: Colors;
  /** Never rejects. */
  write(text: string): Promise<void>;
}

export interface DemoViewOptions {
  readonly output: DemoOutput;
  readonly clock: Clock;
  /** Default 25. */
  readonly maxRecordsPerSecond?: number;
}

export interface DemoView {
  /** Prints a sentence above the counters. */
  say(text: string): void;
  record(record: DemoRecord, isRepeat: boolean): void;
  /** Call about every second. */
  counters(counts: DemoCounts): void;
  /** Removes the line of counters and prints the account. */
  summary(counts: DemoCounts): Promise<void>;
}

const DEFAULT_RECORDS_PER_SECOND = 25;
const PIPE_COUNTERS_MS = 10_000;
const CLEAR_LINE = "\r\u001b[2K";

/** See the file's header for the promise. */
export function createDemoView(options: DemoViewOptions): DemoView {
  return new StreamingView(options);
}

class StreamingView implements DemoView {
  readonly #output: DemoOutput;
  readonly #clock: Clock;
  readonly #maxRecordsPerSecond: number;
  #second = 0;
  #printedThisSecond = 0;
  #skipped = 0;
  #hasHeader = false;
  /** The line of counters that stands below everything on a terminal. */
  #standing = "";
  #nextPipeCountersMs = 0;

  constructor({ output, clock, maxRecordsPerSecond }: DemoViewOptions) {
    this.#output = output;
    this.#clock = clock;
    this.#maxRecordsPerSecond = maxRecordsPerSecond ?? DEFAULT_RECORDS_PER_SECOND;
  }

  say(text: string): void {
    this.#print(text);
  }

  record(record: DemoRecord, isRepeat: boolean): void {
    const second = Math.floor(this.#clock.now() / 1000);
    if (second !== this.#second) this.#turnSecond(second);
    // What an auditor looks for is printed however much else goes by.
    const isWorthIt = record.isFailure || record.isSensitive || isRepeat;
    if (this.#printedThisSecond >= this.#maxRecordsPerSecond * (isWorthIt ? 2 : 1)) {
      this.#skipped += 1;
      return;
    }
    this.#printedThisSecond += 1;
    const { isTty, colors, columns } = this.#output;
    if (!this.#hasHeader) this.#print(colors.dim(recordHeader()));
    this.#hasHeader = true;
    this.#print(recordLine(record, isRepeat, { colors, columns: isTty ? columns : undefined }));
  }

  counters(counts: DemoCounts): void {
    const { isTty, columns } = this.#output;
    if (isTty) {
      this.#standing = countersLine(counts).slice(0, (columns ?? 80) - 1);
      this.#write(`${CLEAR_LINE}${this.#standing}`);
      return;
    }
    const now = this.#clock.now();
    if (now < this.#nextPipeCountersMs) return;
    this.#nextPipeCountersMs = now + PIPE_COUNTERS_MS;
    this.#print(countersLine(counts));
  }

  async summary(counts: DemoCounts): Promise<void> {
    this.#turnSecond(0);
    const clear = this.#standing === "" ? "" : CLEAR_LINE;
    this.#standing = "";
    await this.#output.write(`${clear}\n${summaryText(counts, this.#output.colors)}`);
  }

  #turnSecond(second: number): void {
    if (this.#skipped > 0) {
      const count = formatCount(this.#skipped);
      this.#print(this.#output.colors.dim(`… and ${count} more, delivered but not shown`));
    }
    this.#second = second;
    this.#printedThisSecond = 0;
    this.#skipped = 0;
  }

  /** Prints a line above the counters. */
  #print(line: string): void {
    const isStanding = this.#standing !== "";
    this.#write(isStanding ? `${CLEAR_LINE}${line}\n${this.#standing}` : `${line}\n`);
  }

  #write(text: string): void {
    // Writes never reject, and a slow terminal must not hold up what it shows.
    void this.#output.write(text);
  }
}
