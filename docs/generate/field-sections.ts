// SPDX-License-Identifier: Apache-2.0
/** Sections about single fields: those without a rule, duplicates, placeholders, wrong types, credentials. */
import { OTHER_FIELDS_PREFIX } from "../../src/map/attributes.ts";
import { factsOf, mappedText } from "./mapped-event.ts";
import { code, table } from "./markdown.ts";
import { measureBounds } from "./measured-bounds.ts";

/** What becomes of small events, as rows of a table. */
function outcomes(texts: readonly string[]): string {
  const rows = texts.map((text) => {
    const record = mappedText(text);
    const facts = factsOf(record).map(([name, value]) => `${code(name)} = ${code(value)}`);
    const dropped = record.droppedAttributesCount;
    const rest = dropped === 0 ? [] : [`body only: ${dropped}`];
    return [code(text), [...facts, ...rest].join("<br>") || "no attribute"];
  });
  return table(["in the event", "in the log record"], rows);
}

export function otherFields(): string {
  const bounds = measureBounds();
  return `A field without a rule keeps its name below \`${OTHER_FIELDS_PREFIX}\`, whether it stood at the top of the event or in
\`properties\`. Fields of an object get names with a dot. Texts, numbers and booleans keep their type.

Bounds keep a record within what backends take. What passes them is counted in DroppedAttributesCount and stands in the body
alone:

- ${bounds.otherFields} such attributes a record; the ones with a rule are not counted,
- ${bounds.depth} levels of objects; deeper fields and lists are left to the body,
- ${bounds.otherFieldChars} characters a value, ${bounds.otherNameChars} a name with its prefix,
- finite numbers, whole ones up to 2^53 - 1: beyond that, reading JSON changes digits.

A field with a rule may be up to ${bounds.fieldChars} characters long.

${outcomes([
  '{"hsmVersion":"2.1"}',
  '{"properties":{"addedIpRule":{"Value":"203.0.113.7"}}}',
  JSON.stringify({ properties: nested(bounds.depth + 1) }),
  '{"properties":{"operations":["sign","verify"]}}',
  '{"properties":"plain text"}',
  '{"properties":"{\\"PoolType\\":\\"M-HSM\\"}"}',
  '{"big":1e999,"long":12345678901234567890}',
])}`;
}

export function duplicates(): string {
  return `- **Placeholders.** null, the empty text, \`-\` and \`(unknown)\` say nothing. They are treated like an absent field.
- **Two sources.** Where two fields of a rule say the same, it is said once. Where they differ, the first wins and the second
  goes on below \`${OTHER_FIELDS_PREFIX}\`. A second claim stays in the body.
- **The same name twice.** Of a top-level field and a field of \`properties\` of the same name, without a rule, the top-level
  one wins; the other is counted as dropped. Of a JSON key that is written twice in one object the last one counts, as JSON
  parsers have it. The body shows both.
- **Wrong types.** A value that cannot become the attribute's type without loss stays as it is, below
  \`${OTHER_FIELDS_PREFIX}\`: better no number than a wrong one. A fraction is kept to the 15 to
  17 digits of a double.
- **Unsound text.** Half of a surrogate pair has no form in UTF-8, and receivers refuse a request for it. In an attribute it
  becomes U+FFFD.

${outcomes([
  '{"subnetId":"(unknown)","requestUri":"","category":null,"resultType":"-"}',
  '{"httpStatusCode":200,"properties":{"httpStatusCode":200}}',
  '{"httpStatusCode":200,"properties":{"httpStatusCode":403}}',
  '{"same":1,"properties":{"same":2}}',
  '{"durationMs":"488"}',
  '{"durationMs":"78 ms"}',
  '{"callerIpAddress":"[2001:db8::7]:443"}',
  '{"callerIpAddress":"XX:2a02:db8"}',
  '{"clientInfo":"\\ud800"}',
])}`;
}

export function redaction(): string {
  return `URLs in \`url.*\`, \`azure.keyvault.object.id\`, \`azure.result.description\` and \`${OTHER_FIELDS_PREFIX}.*\` show no credentials. User name and
password of a URL become \`REDACTED\`, and so does its fragment, and the value of each query parameter whose name says that it
is a secret: \`sig\` of a shared access signature, the signatures of other clouds, \`token\`, \`code\`, \`password\`, \`key\` and
the like, in any case, also with escapes in the name. Everything else of a URL arrives as it was written.

A \`requestUri\` that is no absolute URL becomes \`url.original\`, redacted in the same way.

Two things are not redacted. The body is the record's own text: choose \`body: summary\` where a credential may be in it, and
the receiver must not see it. And all other attributes arrive as they are: \`user_agent.original\`, say.

${outcomes([
  '{"requestUri":"https://contosomhsm.managedhsm.azure.net/backup?api-version=7.6"}',
  '{"requestUri":"https://user:secret@proxy.contoso.example/ekm?sig=c2VjcmV0&v=1#top"}',
  '{"requestUri":"/orders?token=abc"}',
  '{"resultDescription":"GET https://user:secret@hsm.contoso.example/x?sig=abc failed"}',
  '{"backupUri":"https://contoso.blob.core.windows.net/b?sv=2024-11-04&sig=c2VjcmV0"}',
])}`;
}

/** An object in an object, as deep as told, with a number in the innermost: a, b, c. */
function nested(depth: number, name = "a"): unknown {
  const next = String.fromCharCode(name.charCodeAt(0) + 1);
  return { [name]: depth === 1 ? 1 : nested(depth - 1, next) };
}
