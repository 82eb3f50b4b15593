// SPDX-License-Identifier: Apache-2.0
/** A command's surroundings without a process: streams that remember, signals that the test gives. */
import picocolors from "picocolors";
import type { Output } from "../../src/commands/command.ts";
import type { ProgramHost } from "../../src/commands/program.ts";
import type { Clock } from "../../src/runtime/clock.ts";
import { ManualClock } from "./manual-clock.ts";

/** An output that remembers what was written to it. */
export class RecordingOutput implements Output {
  readonly isTty: boolean;
  readonly columns: number | undefined;
  readonly colors = picocolors.createColors(false);
  readonly closed = new AbortController().signal;
  text = "";
  bytes = Buffer.alloc(0);

  constructor(isTty = false) {
    this.isTty = isTty;
    this.columns = isTty ? 120 : undefined;
  }

  write(text: string | Uint8Array): Promise<void> {
    this.text += Buffer.from(text).toString("utf8");
    this.bytes = Buffer.concat([this.bytes, Buffer.from(text)]);
    return Promise.resolve();
  }
}

export interface RecordingHost extends ProgramHost {
  readonly stdout: RecordingOutput;
  readonly stderr: RecordingOutput;
  readonly stop: AbortController;
  readonly abandon: AbortController;
}

export function createRecordingHost(options: {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: readonly (string | Uint8Array)[];
  readonly isTty?: boolean;
  readonly isStdinTty?: boolean;
  readonly clock?: Clock;
}): RecordingHost {
  const { env = {}, stdin = [], isTty = false, isStdinTty = false } = options;
  const stop = new AbortController();
  const abandon = new AbortController();
  return {
    env,
    stdin: {
      isTty: isStdinTty,
      async *[Symbol.asyncIterator]() {
        await Promise.resolve();
        for (const chunk of stdin) yield Buffer.from(chunk);
      },
    },
    stdout: new RecordingOutput(isTty),
    stderr: new RecordingOutput(isTty),
    clock: options.clock ?? new ManualClock(),
    stop,
    abandon,
    takeSignals: () => ({ stop: stop.signal, abandon: abandon.signal }),
  };
}
