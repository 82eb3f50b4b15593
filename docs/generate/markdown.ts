// SPDX-License-Identifier: Apache-2.0
/** Pieces of Markdown (pure): what a cell of a table can hold, and tables of cells. */

/** A table; cells are Markdown already. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A value in code type; bars, backticks and line ends would break a cell. Empty for an empty text. */
export function code(text: string): string {
  if (text === "") return "";
  const plain = text.replaceAll("\r", "\\r").replaceAll("\n", "\\n").replaceAll("|", "\\|");
  return plain.includes("`") ? `\`\` ${plain} \`\`` : `\`${plain}\``;
}

/** A long value, cut; the cut is shown. */
export function shortened(text: string, maxChars: number): string {
  return text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
}

/** The name that GitHub gives to a heading. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\- _]/gu, "")
    .replaceAll(" ", "-");
}
