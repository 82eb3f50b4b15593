// SPDX-License-Identifier: Apache-2.0
/**
 * The list form of OpenTelemetry's environment variables, `name=value,name=value` with percent-encoded values (W3C
 * baggage without properties), and the map form of the file; beside it, plain lists of names. Pure. Messages name a member by its name or place, never
 * by its value: the values of headers are keys.
 */
import { z } from "zod";
import { Secret } from "./secret.ts";
import type { ValueType } from "./value-types.ts";

/** Token characters of RFC 9110, section 5.6.2: what a header's name may consist of. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Printable ASCII, tab and the obs-text range: what Node accepts in a header's value. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The transport sets these from the request itself; a second value would contradict the body. */
const RESERVED_HEADERS = [
  "content-type",
  "content-length",
  "content-encoding",
  "transfer-encoding",
  "connection",
  "host",
];

type Members = readonly (readonly [name: string, value: string])[];

/** Headers as secrets, names in lower case. */
export function headerList(): ValueType<Readonly<Record<string, Secret>>> {
  return {
    placeholder: "headers",
    expected: "name=value,name=value with percent-encoded values, or a map in the file",
    schema: z.unknown().transform((value, context) => {
      const headers: Record<string, Secret> = {};
      const { members, problems } = readMembers(value);
      for (const [name, content] of members) {
        const problem = headerProblem(name, content);
        if (problem !== undefined) problems.push(problem);
        headers[name.toLowerCase()] = new Secret(content);
      }
      for (const message of problems) context.addIssue({ code: "custom", message });
      return problems.length === 0 ? headers : z.NEVER;
    }),
  };
}

/** Plain names and values, as in `OTEL_RESOURCE_ATTRIBUTES`. */
export function keyValueList(): ValueType<Readonly<Record<string, string>>> {
  return {
    placeholder: "list",
    expected: "name=value,name=value with percent-encoded values, or a map in the file",
    schema: z.unknown().transform((value, context) => {
      const { members, problems } = readMembers(value);
      for (const message of problems) context.addIssue({ code: "custom", message });
      return problems.length === 0 ? Object.fromEntries(members) : z.NEVER;
    }),
  };
}

/** Names and values of which each name may be given once. */
export function uniqueKeyValueList(): ValueType<Readonly<Record<string, string>>> {
  const { placeholder, expected } = keyValueList();
  return {
    placeholder,
    expected,
    schema: z.unknown().transform((value, context) => {
      const { members, problems } = readMembers(value);
      const names = members.map(([name]) => name);
      for (const name of new Set(names.filter((each, index) => names.indexOf(each) !== index))) {
        problems.push(`${JSON.stringify(name)} is given more than once`);
      }
      for (const message of problems) context.addIssue({ code: "custom", message });
      return problems.length === 0 ? Object.fromEntries(members) : z.NEVER;
    }),
  };
}

/** Names, as `a,b` or as a list in the file. */
export function nameList(): ValueType<readonly string[]> {
  return {
    placeholder: "names",
    expected: "name,name, or a list in the file",
    schema: z.unknown().transform((value, context) => {
      const names = typeof value === "string" ? value.split(",") : value;
      const list = z.array(z.string()).safeParse(names);
      if (list.success) return list.data.map((name) => name.trim()).filter((name) => name !== "");
      context.addIssue({ code: "custom", message: "the value is no list of names" });
      return z.NEVER;
    }),
  };
}

function headerProblem(name: string, value: string): string | undefined {
  if (!HEADER_NAME.test(name)) return "a header's name holds a character that names cannot have";
  if (RESERVED_HEADERS.includes(name.toLowerCase())) {
    return `header ${name} is set by the program itself`;
  }
  if (HEADER_VALUE.test(value)) return undefined;
  return `header ${name}: its value holds a character that headers cannot carry`;
}

function readMembers(value: unknown): { members: Members; problems: string[] } {
  if (typeof value === "string") return readList(value);
  const members: [string, string][] = [];
  const problems: string[] = [];
  const map = z.record(z.string(), z.unknown()).safeParse(value);
  if (!map.success) return { members, problems: ["the value is neither a list nor a map"] };
  for (const [name, content] of Object.entries(map.data)) {
    if (typeof content === "string") members.push([name.trim(), content.trim()]);
    else problems.push(`${name}: its value is no text; quote it`);
  }
  return { members, problems };
}

function readList(list: string): { members: Members; problems: string[] } {
  const members: [string, string][] = [];
  const problems: string[] = [];
  for (const [index, member] of list.split(",").entries()) {
    if (member.trim() === "") continue;
    const place = `entry ${index + 1} of the list`;
    const equals = member.indexOf("=");
    const name = member.slice(0, Math.max(0, equals)).trim();
    const value = decode(member.slice(equals + 1).trim());
    if (name === "") problems.push(`${place} has not the form name=value`);
    else if (value === undefined) problems.push(`${place} is not percent-encoded properly`);
    else members.push([name, value]);
  }
  return { members, problems };
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    // A lone % or bytes that are no UTF-8: the caller reports it, without the value.
    return undefined;
  }
}
