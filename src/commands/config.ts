// SPDX-License-Identifier: Apache-2.0
/**
 * `config print`: every option in effect, secrets masked, with the place each value comes from. A table on a terminal,
 * `name = value  # origin` in a pipe, one JSON object a line with `--json`.
 */
import Table from "cli-table3";
import type { Setting } from "../config/setting.ts";
import { visibleText } from "../telemetry/visible-text.ts";
import { EXIT, type Command, type Output } from "./command.ts";
import { configure } from "./configure.ts";

/** Prints the configuration; with problems it prints these instead and returns `EXIT.badConfig`. */
export const configPrint: Command = async (context) => {
  const loaded = await configure(context, { storage: false });
  if (loaded === undefined) return EXIT.badConfig;
  const settings = loaded.settings.map(toVisible);
  const { stdout } = context;
  if (context.flags["json"] === true) {
    // An option that is left out is null: readers of the lines must not have to tell it from a forgotten one.
    const lines = settings.map((row) => JSON.stringify({ ...row, value: row.value ?? null }));
    await stdout.write(`${lines.join("\n")}\n`);
  } else {
    await stdout.write(stdout.isTty ? toTable(settings, stdout) : toLines(settings));
  }
  return EXIT.ok;
};

function toLines(settings: readonly Setting[]): string {
  return settings
    .map(({ name, value, origin }) => `${name} = ${value ?? "(unset)"}  # ${origin}\n`)
    .join("");
}

function toTable(settings: readonly Setting[], { colors }: Output): string {
  const table = new Table({
    head: ["option", "value", "from"],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, value, origin } of settings) {
    const isSet = origin !== "default";
    const shown = value ?? colors.dim("(unset)");
    table.push([name, isSet ? colors.bold(shown) : shown, isSet ? origin : colors.dim(origin)]);
  }
  return `${table.toString()}\n`;
}

function toVisible({ name, value, origin }: Setting): Setting {
  return {
    name,
    value: value === undefined ? undefined : visibleText(value),
    origin: visibleText(origin),
  };
}
