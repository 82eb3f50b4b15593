// SPDX-License-Identifier: Apache-2.0
/** JSON to be read by people (pure): one line for what holds no list, so that an OTLP attribute takes one line. */

/** The value as JSON text, without a final newline. */
export function readableJson(value: unknown, indent = ""): string {
  if (!holdsList(value)) return spaced(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item) => inner + readableJson(item, inner))
    : Object.entries(value as object).map(
        ([key, item]) => `${inner}${JSON.stringify(key)}: ${readableJson(item, inner)}`,
      );
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  return `${open}\n${items.join(",\n")}\n${indent}${close}`;
}

function holdsList(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsList);
}

function spaced(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return JSON.stringify(value);
  }
  const fields = Object.entries(value).map(
    ([key, item]) => `${JSON.stringify(key)}: ${spaced(item)}`,
  );
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}
