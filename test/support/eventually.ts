// SPDX-License-Identifier: Apache-2.0
/** Waits for real I/O without sleeping: lets the event loop turn until something is true. */

const GIVE_UP_AFTER_MS = 10_000;

/** Between two looks at what another process does, which is not to be slowed down by them. */
const LOOK_EVERY_MS = 50;

/** As `eventually`, for what another process brings about: up to forty seconds. */
export async function eventuallyElsewhere(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 4 * GIVE_UP_AFTER_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/**
 * Resolves when `condition` holds; rejects with its description when it does not within ten
 * seconds.
 */
export async function eventually(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + GIVE_UP_AFTER_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Creation times of blobs are whole seconds of the service's clock, which is the real one. */
export async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1_000);
  await eventually("the next second", () => Math.floor(Date.now() / 1_000) > second);
}
