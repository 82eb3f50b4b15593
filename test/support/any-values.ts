// SPDX-License-Identifier: Apache-2.0
/**
 * Texts and URLs for properties. fast-check has both (`unit: "binary"`, `webUrl`), but sorts through the whole of
 * Unicode to make them: most of a second in each test file, and in each of the thousand runs of `npm run mutation`.
 */
import fc from "fast-check";

const anyCharacter = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((codePoint) => String.fromCodePoint(codePoint));

/** Any code points but surrogates. */
export const anyText: fc.Arbitrary<string> = fc.string({ unit: anyCharacter });

const encoded = fc.string({ maxLength: 8 }).map(encodeURIComponent);
const authority = fc.constantFrom(
  "h.example",
  "H-1.example:8443",
  "[2001:db8::1]:1",
  "u:p@h.example",
);
const parameter = fc.tuple(fc.oneof(encoded, fc.constantFrom("sig", "code")), encoded);

/** Absolute URLs, with user info, query and fragment at times. */
export const anyUrl: fc.Arbitrary<string> = fc
  .record({
    scheme: fc.constantFrom("https", "http", "HTTPS"),
    authority,
    path: fc.array(encoded, { maxLength: 5 }),
    query: fc.array(parameter, { maxLength: 4 }),
    fragment: fc.option(encoded),
  })
  .map(({ scheme, authority: host, path, query, fragment }) => {
    const search = query.map((pair) => pair.join("=")).join("&");
    const tail = fragment === null ? "" : `#${fragment}`;
    return `${scheme}://${host}${path.map((part) => `/${part}`).join("")}${search && "?"}${search}${tail}`;
  });
