// SPDX-License-Identifier: Apache-2.0
/**
 * The tests that mutants of src/parse and src/map are run against (stryker.config.json): those of the two stages, without
 * the storage emulator of the whole suite, because they run some thousand times.
 */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/mutation/parse-and-map.ts"],
    // On a busy machine a test that takes long is no mutant found.
    testTimeout: 60_000,
    setupFiles: ["test/mutation/fixed-seed.ts"],
  },
});
