// SPDX-License-Identifier: Apache-2.0
/** Dead letters to keep, told apart by their offset. */
import type { DeadLetter } from "../../src/model.ts";

export function sampleDeadLetter(start: number, more: Partial<DeadLetter> = {}): DeadLetter {
  const bytes = more.bytes ?? Buffer.from(`{"time":"2026-01-15T10:3${start % 10}:00Z", broken`);
  return {
    reason: "not-json",
    detail: "Unexpected token b",
    uid: `0123456789abcdef${start.toString(16).padStart(16, "0")}`,
    blob: {
      account: "contoso",
      container: "insights-logs-auditevent",
      name: "resourceId=/A/y=2026/m=01/d=15/h=10/m=00/PT1H.json",
      createdAtMs: Date.UTC(2026, 0, 15, 10),
    },
    range: { start, end: start + bytes.length },
    bytes,
    ...more,
  };
}
