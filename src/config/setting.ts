// SPDX-License-Identifier: Apache-2.0
/** How one option in effect is shown: its value as it was written, masked where it is secret, and its place. Pure. */
import { redactUrl } from "./redact.ts";
import { rowOf, type OptionName } from "./schema.ts";
import { MASK } from "./secret.ts";
import type { Written } from "./sources.ts";

export interface Setting {
  readonly name: string;
  /** Safe to show. Undefined: the option is left out. */
  readonly value: string | undefined;
  readonly origin: string;
}

/** Shows one option. `value` is the parsed one; only its keys are used, where it is a map of secrets. */
export function showSetting(
  name: OptionName,
  written: Written | undefined,
  value: unknown,
): Setting {
  if (written === undefined) return { name, value: undefined, origin: "default" };
  return { name, value: shown(name, written.value, value), origin: written.origin };
}

function shown(name: OptionName, written: unknown, value: unknown): string {
  const row = rowOf(name);
  if (row.isSecret === true) return typeof value === "object" ? maskedMembers(value) : MASK;
  if (row.isUrl === true) return redactUrl(String(written));
  if (Array.isArray(written)) return written.map(String).join(",");
  if (typeof written === "object" && written !== null) {
    return Object.entries(written)
      .map(([key, content]) => `${key}=${String(content)}`)
      .join(",");
  }
  return String(written).trim();
}

/** `authorization=[redacted],x-scope-orgid=[redacted]`; a single secret has no members. */
function maskedMembers(value: object | null): string {
  const names = Object.keys(value ?? {});
  return names.length === 0 ? MASK : names.map((member) => `${member}=${MASK}`).join(",");
}
