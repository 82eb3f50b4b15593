// SPDX-License-Identifier: Apache-2.0
// Type-aware lint. Layer rules stand here where a lint rule can say them, and all of them in test/architecture.test.ts.
import js from "@eslint/js";
import tseslint from "typescript-eslint";

const NO_AMBIENT_TIME = [
  { object: "Date", property: "now", message: "Pass a Clock (src/runtime/clock.ts)." },
  {
    object: "Math",
    property: "random",
    message: "Pass a random source: tests must be repeatable.",
  },
];

export default tseslint.config(
  { ignores: ["dist/", "coverage/", "node_modules/", ".cache/"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: [] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/strict-boolean-expressions": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/prefer-readonly": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-console": "error",
      eqeqeq: "error",
      "no-restricted-syntax": [
        "error",
        { selector: "ExportAllDeclaration", message: "Name what you export: `export *` hides it." },
      ],
      "max-lines": ["error", { max: 250 }],
      "max-lines-per-function": ["error", { max: 40, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", 4],
      "max-depth": ["error", 3],
    },
  },
  {
    files: ["src/**/*.ts"],
    rules: { "no-restricted-properties": ["error", ...NO_AMBIENT_TIME] },
  },
  {
    files: ["src/runtime/clock.ts"],
    rules: { "no-restricted-properties": "off" },
  },
  {
    files: ["src/**/*.ts"],
    ignores: ["src/cli.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        { name: "process", message: "Only cli.ts touches the process; take plain values." },
      ],
    },
  },
  {
    files: ["test/**/*.ts", "bench/**/*.ts"],
    rules: {
      // A describe block is a table of contents, not a function to read in one go.
      "max-lines-per-function": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "no-console": "off",
    },
  },
  {
    files: ["fuzz/**/*.ts", "kills/**/*.ts", "chaos/**/*.ts"],
    // A run whose output is its progress and its result.
    rules: { "no-console": "off" },
  },
  { files: ["eslint.config.js"], extends: [tseslint.configs.disableTypeChecked] },
);
