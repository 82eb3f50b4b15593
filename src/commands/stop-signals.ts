// SPDX-License-Identifier: Apache-2.0
/**
 * Turns the signals of a process into the two phases of a stop. The first asks to stop, the second to abandon what is
 * in flight; a third ends the process at once, for a command that does not get out. The process itself is given, so
 * that this is testable.
 */
import type { StopSignals } from "./command.ts";

export interface SignalSource {
  /** Calls the listener with the name of every SIGINT and SIGTERM from now on. */
  readonly onSignal: (listener: (name: string) => void) => void;
  readonly now: () => number;
  /** Ends the process with the exit code for an exceeded grace. */
  readonly forceExit: () => void;
}

/** npm passes a terminal's Ctrl-C on to a program that has already got it: two signals for one key. */
const ECHO_MS = 300;

/** Begins to listen. */
export function listenForStop({ onSignal, now, forceExit }: SignalSource): StopSignals {
  const stop = new AbortController();
  const abandon = new AbortController();
  const lastMs = new Map<string, number>();
  onSignal((name) => {
    const isEcho = now() - (lastMs.get(name) ?? -Infinity) < ECHO_MS;
    lastMs.set(name, now());
    if (isEcho) return;
    if (!stop.signal.aborted) stop.abort(new Error(name));
    else if (!abandon.signal.aborted) abandon.abort(new Error(name));
    else forceExit();
  });
  return { stop: stop.signal, abandon: abandon.signal };
}
