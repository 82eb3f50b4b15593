// SPDX-License-Identifier: Apache-2.0
/**
 * The command line: parses argv by the registration table and the option table, prints help, and runs the one command
 * that was meant. Commander only parses here; a command starts after parsing is done, and every end is an exit code.
 */
import { Command as Parser, CommanderError, Option as ParserOption } from "commander";
import { redactText } from "../config/redact.ts";
import { envNamesOf, flagNameOf, type OptionGroup } from "../config/option.ts";
import { groupOf, OPTION_NAMES, rowOf, type OptionName } from "../config/schema.ts";
import { CONFIG_FILE_ENV, type Flags } from "../config/sources.ts";
import { ConnectorError } from "../errors.ts";
import { visibleText } from "../telemetry/visible-text.ts";
import { VERSION } from "../version.ts";
import { EXIT, type CommandContext, type CommandEntry, type ExitCode } from "./command.ts";
import { COMMAND_GROUPS, COMMANDS } from "./registry.ts";

/** What the process gives: everything of a context that does not come from argv. */
export type ProgramHost = Omit<CommandContext, "flags" | "args">;

interface Chosen {
  readonly entry: CommandEntry;
  readonly flags: Flags;
  readonly args: readonly string[];
}

/** Runs the command line `argv` (without node and script). Never rejects. */
export async function runProgram(
  argv: readonly string[],
  host: ProgramHost,
  commands: readonly CommandEntry[] = COMMANDS,
): Promise<ExitCode> {
  const out: string[] = [];
  const err: string[] = [];
  const parsed = parse(argv, host, { commands, out, err });
  if (out.length > 0) await host.stdout.write(out.join(""));
  if (err.length > 0) await host.stderr.write(err.join(""));
  if (typeof parsed === "number") return parsed;
  try {
    const command = await parsed.entry.load();
    return await command({ ...host, flags: parsed.flags, args: parsed.args });
  } catch (reason) {
    return await reportFailure(reason, host);
  }
}

interface Parsing {
  readonly commands: readonly CommandEntry[];
  readonly out: string[];
  readonly err: string[];
}

/** The command that was chosen, or the exit code where help or a mistake ended the parsing. */
function parse(argv: readonly string[], host: ProgramHost, parsing: Parsing): Chosen | ExitCode {
  const chosen: Chosen[] = [];
  const program = buildProgram(host, parsing, (choice) => chosen.push(choice));
  try {
    program.parse(argv, { from: "user" });
  } catch (reason) {
    if (!(reason instanceof CommanderError)) throw reason;
    return reason.exitCode === 0 ? EXIT.ok : EXIT.badConfig;
  }
  return chosen[0] ?? EXIT.badConfig;
}

function buildProgram(
  host: ProgramHost,
  { commands, out, err }: Parsing,
  choose: (chosen: Chosen) => void,
): Parser {
  const { stdout, stderr } = host;
  const program = new Parser("hsm-audit-otel")
    .description("Ships Azure Managed HSM and Key Vault audit logs from Blob Storage over OTLP.")
    .version(VERSION, "-v, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => out.push(text),
      writeErr: (text) => err.push(text),
      getOutHelpWidth: () => stdout.columns ?? 100,
      getErrHelpWidth: () => stderr.columns ?? 100,
      getOutHasColors: () => stdout.colors.isColorSupported,
      getErrHasColors: () => stderr.colors.isColorSupported,
      outputError: (text, write) => {
        write(`${stderr.colors.red(text.trimEnd())}\n`);
      },
    })
    .configureHelp({ styleTitle: (title) => stdout.colors.bold(title) })
    .addHelpText("after", ROOT_HELP);
  for (const entry of commands) addCommand(program, entry, choose);
  return program;
}

const ROOT_HELP = `
Examples:
  hsm-audit-otel config print
  hsm-audit-otel map < PT1H.json

Environment:
  Every option has a variable: HSM_AUDIT_OTEL_POLL_INTERVAL is --poll-interval. The receiver is set by the standard
  OTEL_EXPORTER_OTLP_ENDPOINT and its neighbours, identities by AZURE_*. The help of a command names them all.
`;

function addCommand(program: Parser, entry: CommandEntry, choose: (chosen: Chosen) => void): void {
  const words = entry.name.split(" ");
  const leaf = words.pop() ?? "";
  const parent = words.reduce(groupNamed, program);
  const command = parent.command(leaf).description(entry.summary);
  for (const { form, doc } of entry.args ?? []) command.argument(form, doc);
  const names = new Map<string, string>();
  const add = (option: ParserOption, name: string): void => {
    command.addOption(option);
    names.set(option.attributeName(), name);
  };
  for (const { name, placeholder, doc } of entry.flags ?? []) {
    const value = placeholder === undefined ? "" : ` <${placeholder}>`;
    add(new ParserOption(`--${name}${value}`, doc), name);
  }
  if (entry.config !== undefined) addConfigFlags(entry.config.groups, add);
  const examples = entry.examples.map((example) => `  ${example}`).join("\n");
  const notes = entry.notes === undefined ? "" : `\n${entry.notes}\n`;
  const secrets = flaglessHelp(entry.config?.groups ?? []);
  command.addHelpText("after", `${secrets}${notes}\nExamples:\n${examples}`);
  command.action(() => {
    const flags: Record<string, string | boolean> = {};
    for (const [attribute, value] of Object.entries(command.opts<Record<string, unknown>>())) {
      if (typeof value === "string" || typeof value === "boolean") {
        flags[names.get(attribute) ?? attribute] = value;
      }
    }
    choose({ entry, flags, args: command.args });
  });
}

/** The parser of a group of commands, made when it is first needed. */
function groupNamed(parent: Parser, name: string): Parser {
  const known = parent.commands.find((command) => command.name() === name);
  return known ?? parent.command(name).description(COMMAND_GROUPS[name] ?? "");
}

function addConfigFlags(
  groups: readonly OptionGroup[],
  add: (option: ParserOption, name: string) => void,
): void {
  const configDoc = `configuration file, YAML or JSON (env ${CONFIG_FILE_ENV})`;
  add(new ParserOption("--config <path>", configDoc), "config");
  for (const name of OPTION_NAMES) {
    const group = groupOf(name);
    const flag = flagNameOf(name, rowOf(name));
    if (flag === undefined || !groups.includes(group)) continue;
    add(new ParserOption(flagForm(flag, name), flagDoc(name)).helpGroup(`${group} options:`), flag);
  }
}

/** Options that have no flag: a secret on a command line stands in every process list. */
function flaglessHelp(groups: readonly OptionGroup[]): string {
  const lines = OPTION_NAMES.filter((name) => groups.includes(groupOf(name)))
    .filter((name) => flagNameOf(name, rowOf(name)) === undefined)
    .map((name) => `  ${envNamesOf(name, rowOf(name)).join(", ")}\n      ${rowOf(name).doc}\n`);
  return lines.length === 0 ? "" : `\nBy environment or file only:\n${lines.join("")}`;
}

/** A yes-or-no flag may stand alone; every other takes a value. */
function flagForm(flag: string, name: OptionName): string {
  const { placeholder } = rowOf(name).type;
  return placeholder === "true|false" ? `--${flag} [${placeholder}]` : `--${flag} <${placeholder}>`;
}

function flagDoc(name: OptionName): string {
  const row = rowOf(name);
  const details = [`env ${envNamesOf(name, row).join(", ")}`];
  if (row.default !== undefined) details.push(`default ${row.default}`);
  return `${row.doc} (${details.join("; ")})`;
}

async function reportFailure(reason: unknown, { stderr }: ProgramHost): Promise<ExitCode> {
  const error = ConnectorError.from(reason);
  // Only a bug needs the place in the code; everything else is for the operator.
  const isBug = error.code === "INTERNAL";
  const stack = reason instanceof Error ? reason.stack : undefined;
  const text = redactText((isBug ? stack : undefined) ?? error.message);
  const lines = text.split("\n").map(visibleText);
  await stderr.write(`${stderr.colors.red(lines.join("\n"))}\n`);
  return error.code === "CONFIG_INVALID" ? EXIT.badConfig : EXIT.fault;
}
