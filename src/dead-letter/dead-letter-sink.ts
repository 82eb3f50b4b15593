// SPDX-License-Identifier: Apache-2.0
/** Port: the durable place for originals that could not be delivered. */
import type { DeadLetter } from "../model.ts";

export interface DeadLetterSink {
  /**
   * Keeps the entries durably (file and directory synced) before it resolves; all of them or, on an error, possibly
   * some, so a caller writes the same entries again. Throws DEAD_LETTER_UNAVAILABLE.
   */
  write(entries: readonly DeadLetter[]): Promise<void>;
  close(): Promise<void>;
}
