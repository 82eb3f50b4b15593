// SPDX-License-Identifier: Apache-2.0
/** `run`: follows the container until a signal. Its own state goes to the log on stderr; stdout stays empty. */
import { openConnector } from "../connector.ts";
import { createLogEvents } from "../telemetry/log-events.ts";
import { EXIT } from "./command.ts";
import type { Command } from "./command.ts";
import { configure, createProgramLog } from "./configure.ts";

/** Exit code 0 after everything in flight was settled and saved, 3 when something was dropped and will be repeated. */
export const run: Command = async (context) => {
  const loaded = await configure(context, { storage: true });
  if (loaded === undefined) return EXIT.badConfig;
  const { config } = loaded;
  const events = createLogEvents(createProgramLog(context, config), context.clock);
  const signals = context.takeSignals();
  const connector = await openConnector(config, {
    clock: context.clock,
    events,
    processId: context.processId,
  });
  try {
    const end = await connector.run(signals);
    return end.kind === "drained" ? EXIT.ok : EXIT.graceExceeded;
  } finally {
    await connector.close();
  }
};
