// SPDX-License-Identifier: Apache-2.0
/** What `--resource` means, the same for every command that has it. Pure. */
import type { Flags } from "../config/sources.ts";
import type { AuditedResource } from "../model.ts";

export type SelectsResource = (resource: AuditedResource) => boolean;

/** For help: "only letters of …", "only …". */
export const RESOURCE_FORMS =
  "resources whose name or path begins so, or matches this pattern (* and ?); in any case";

/** The flag as given; undefined for all resources. Adds to `problems` what is wrong with it. */
export function readResourceFlag(flags: Flags, problems: string[]): string | undefined {
  const wanted = flags["resource"];
  if (wanted === undefined) return undefined;
  if (typeof wanted === "string" && wanted.trim() !== "") return wanted;
  problems.push("--resource: it is empty; expected a name, the beginning of a path, or a pattern");
  return undefined;
}

/** The beginning of the name, of the ARM id or of the blobs' names; with `*` or `?`, a pattern for one of them whole. */
export function resourceMatcher(wanted: string): SelectsResource {
  const text = wanted.toLowerCase();
  if (!/[*?]/.test(text)) {
    return ({ name, resourceId, prefix }) =>
      [name, resourceId, prefix].some((one) => one.toLowerCase().startsWith(text));
  }
  const body = text.replace(/[\\^$.*+?()[\]{}|]/g, (sign) =>
    sign === "*" ? ".*" : sign === "?" ? "." : `\\${sign}`,
  );
  const pattern = new RegExp(`^${body}$`, "s");
  return ({ name, resourceId, prefix }) =>
    [name, resourceId, prefix].some((one) => pattern.test(one.toLowerCase()));
}
