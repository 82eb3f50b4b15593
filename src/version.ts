// SPDX-License-Identifier: Apache-2.0
/**
 * The version of this program, as a constant: the same from sources and from `dist/`, without reading a file.
 * test/unit/version.test.ts keeps it equal to package.json.
 */

/** Version of the package, as in package.json. */
export const VERSION = "0.1.0";
