// SPDX-License-Identifier: Apache-2.0
/** Finds the name that a person probably meant. Pure. */

/** The known name nearest to `given`, or undefined when none is near enough to be a likely slip. */
export function nearestName(given: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  // A third of the letters wrong is a slip; more is another word.
  let bestDistance = Math.floor(given.length / 3) + 1;
  for (const name of known) {
    const distance = editDistance(fold(given), fold(name));
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** `pollinterval`, `poll_interval` and `poll-interval` all mean `pollInterval`. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, "");
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const insertion = (current[column - 1] ?? 0) + 1;
      const deletion = (previous[column] ?? 0) + 1;
      current.push(Math.min(substitution, insertion, deletion));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
