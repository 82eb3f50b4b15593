// SPDX-License-Identifier: Apache-2.0
/**
 * `once`: delivers what the container holds now, and ends; for cron. Each blob's length at first sight is its goal, so it
 * ends however fast blobs grow. A summary goes to stdout.
 */
import { openConnector } from "../connector.ts";
import type { RunEnd } from "../lifecycle-parts.ts";
import { createLogEvents } from "../telemetry/log-events.ts";
import { createTotals, joinEvents } from "../telemetry/totals.ts";
import type { Totals } from "../telemetry/totals.ts";
import { visibleText } from "../telemetry/visible-text.ts";
import { EXIT } from "./command.ts";
import type { Command, CommandContext, ExitCode } from "./command.ts";
import { configure, createProgramLog } from "./configure.ts";

/** Exit code 0 when everything was settled, 1 when it gave up, 3 when a signal cut it short. */
export const once: Command = async (context) => {
  const loaded = await configure(context, { storage: true });
  if (loaded === undefined) return EXIT.badConfig;
  const { config } = loaded;
  const { totals, events } = createTotals();
  const logEvents = createLogEvents(createProgramLog(context, config), context.clock);
  const signals = context.takeSignals();
  const connector = await openConnector(config, {
    clock: context.clock,
    processId: context.processId,
    events: joinEvents(logEvents, events),
  });
  try {
    const startedAtMs = context.clock.monotonicNow();
    const end = await connector.once(signals);
    await report(context, totals, {
      end,
      tookMs: Math.round(context.clock.monotonicNow() - startedAtMs),
    });
    return exitCodeOf(end, signals.stop.aborted);
  } finally {
    await connector.close();
  }
};

function exitCodeOf(end: RunEnd, wasStopped: boolean): ExitCode {
  if (end.kind === "gave-up") return EXIT.fault;
  if (end.kind === "abandoned") return EXIT.graceExceeded;
  // Stopped by a signal, all that was begun is settled; the rest comes with the next run.
  return wasStopped ? EXIT.graceExceeded : EXIT.ok;
}

async function report(
  { stdout, flags }: CommandContext,
  totals: Readonly<Totals>,
  { end, tookMs }: { end: RunEnd; tookMs: number },
): Promise<void> {
  const { recordsRead, delivered, uncertain, deadLettered, resources, bytesRead } = totals;
  if (flags["json"] !== undefined) {
    const error = end.kind === "gave-up" && { error: end.error.message };
    await stdout.write(`${JSON.stringify({ end: end.kind, ...error, ...totals, tookMs })}\n`);
    return;
  }
  const seconds = (tookMs / 1000).toFixed(1);
  await stdout.write(
    `${resources} resources, ${bytesRead} bytes, ${recordsRead} records in ${seconds} s: ` +
      `${delivered} delivered, ${uncertain} uncertain, ${deadLettered} dead-lettered${heldOf(totals)}\n`,
  );
  const { lostBlobs, lostBytes } = totals;
  if (lostBlobs > 0) {
    await stdout.write(
      `lost: ${lostBytes} bytes of ${lostBlobs} blobs were gone before delivery\n`,
    );
  }
  if (end.kind !== "gave-up") return;
  const last = totals.lastTrouble === undefined ? "" : `; last trouble: ${totals.lastTrouble}`;
  await stdout.write(`gave up: ${end.error.message}${visibleText(last)}\n`);
}

/** Records that were read and have no fate yet: the next run reads them again. */
function heldOf({ recordsRead, delivered, uncertain, deadLettered }: Readonly<Totals>): string {
  const held = recordsRead - delivered - uncertain - deadLettered;
  return held > 0 ? `, ${held} held for the next run` : "";
}
