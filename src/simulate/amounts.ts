// SPDX-License-Identifier: Apache-2.0
/** Numbers as people read them, pure: counts with separators, sizes, times. Always English, whatever the locale. */

const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

const SIZE_UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `12,345` */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** `512 B`, `3.4 MiB` */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < SIZE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${SIZE_UNITS[unit] ?? ""}`;
}

/** `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 07 min` */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}

/** Columns as wide as their widest cell: the first to the left, the others, numbers mostly, to the right. */
export function formatColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        return index === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join("");
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
