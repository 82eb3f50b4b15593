// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRequestUrl, redactText } from "../../../src/map/request-url.ts";

const SECRET_NAMES = [
  ...["sig", "signature", "x-goog-signature", "x-amz-signature", "x-amz-security-token"],
  ...["x-amz-credential", "awsaccesskeyid", "access_token", "id_token", "refresh_token", "token"],
  ...["code", "assertion", "client_assertion", "client_secret", "secret", "password", "passwd"],
  ...["pwd", "sas", "api_key", "api-key", "apikey", "key", "subscription-key"],
];

describe("parseRequestUrl", () => {
  it("cuts a URL without changing a character of it", () => {
    const text =
      "https://ContosoMHSM.managedhsm.azure.net:443/keys/A%20b/?api-version=7.4&maxresults=1";
    expect(parseRequestUrl(text)).toEqual({
      full: text,
      origin: "https://ContosoMHSM.managedhsm.azure.net:443",
      host: "ContosoMHSM.managedhsm.azure.net",
      path: "/keys/A%20b/",
      query: "api-version=7.4&maxresults=1",
    });
  });

  it.each([
    ["https://[2001:db8::7]:8443/x", "2001:db8::7", "/x"],
    ["HTTPS://host", "host", ""],
    ["https://host?", "host", ""],
    ["https://host:/x", "host", "/x"],
    ["git+ssh.v-2://host/x", "host", "/x"],
    ["h://host/a:b@c[d]", "host", "/a:b@c[d]"],
    ["https://host//", "host", "//"],
    [
      "https://<hsm-name>.managedhsm.azure.net/backup",
      "<hsm-name>.managedhsm.azure.net",
      "/backup",
    ],
  ])("finds host and path of %s", (text, host, path) => {
    expect(parseRequestUrl(text)).toMatchObject({ full: text, host, path, query: "" });
  });

  it.each([
    ["https://u:hunter2@host/p", "https://REDACTED:REDACTED@host/p"],
    ["https://hunter2@host/p", "https://REDACTED:REDACTED@host/p"],
    ["https://host/p?sig=hunter2&a=1", "https://host/p?sig=REDACTED&a=1"],
    ["https://host/p?a=1&SIG=hunter2", "https://host/p?a=1&SIG=REDACTED"],
    ["https://host/p?%73ig=hunter2", "https://host/p?%73ig=REDACTED"],
    ["https://host/p?%53IG=hunter2", "https://host/p?%53IG=REDACTED"],
    ["https://host/p?a%zz=hunter2", "https://host/p?a%zz=REDACTED"],
    ["https://host/p?a=1;sig=hunter2", "https://host/p?a=REDACTED"],
    ["https://host/p?access_token=hunter2", "https://host/p?access_token=REDACTED"],
    ["https://host/p#token=hunter2", "https://host/p#REDACTED"],
    ["https://host/p?a=1#\nhunter2", "https://host/p?a=1#REDACTED"],
    ["https://host#hunter2", "https://host#REDACTED"],
    ["https://host/p?flag&sig=hunter2", "https://host/p?flag&sig=REDACTED"],
    ["https://host/p?flag;sig=hunter2", "https://host/p?flag;sig=REDACTED"],
    ["https://host/p?sig=hunter2=hunter2", "https://host/p?sig=REDACTED"],
    ["https://@host/p", "https://REDACTED:REDACTED@host/p"],
  ])("redacts the secret in %s", (text, full) => {
    const url = parseRequestUrl(text);
    expect(url?.full).toBe(full);
    expect(JSON.stringify(url)).not.toContain("hunter2");
  });

  it("leaves parameters whose names only look alike", () => {
    const text = "https://host/p?design=1&signed=2&tokens=3&$skiptoken=4&a%20b=5";
    expect(parseRequestUrl(text)?.full).toBe(text);
  });

  it("gives the redacted query, and the origin without user info", () => {
    expect(parseRequestUrl("https://u:hunter2@host:1/p?a=1&sig=hunter2#x")).toMatchObject({
      origin: "https://host:1",
      query: "a=1&sig=REDACTED",
    });
  });

  it("keeps an empty fragment apart from none", () => {
    expect(parseRequestUrl("https://host/p#")?.full).toBe("https://host/p#REDACTED");
    expect(parseRequestUrl("https://host/p")?.full).toBe("https://host/p");
  });

  it.each(SECRET_NAMES)("takes %s for a credential, in a URL and in a text", (name) => {
    const text = `https://host/p?a=1&${name}=hunter2&b=2`;
    const redacted = `https://host/p?a=1&${name}=REDACTED&b=2`;
    expect(parseRequestUrl(text)?.full).toBe(redacted);
    expect(parseRequestUrl(text.replace("a=1", "a%20b=1"))?.full).toBe(
      redacted.replace("a=1", "a%20b=1"),
    );
    expect(redactText(text)).toBe(redacted);
  });

  it.each([
    "",
    "/keys/x",
    "host/path",
    "https://",
    "https:///x",
    "https://a@b@c/",
    " https://host/",
    "1https://host/",
    "https:/host/",
    "https://[]/",
    "https://[::1/",
    "https://host[1]/",
    "https://host:80x/",
    "https://h:port/",
  ])("calls %j no absolute URL", (text) => {
    expect(parseRequestUrl(text)).toBeUndefined();
  });
});

describe("the short way for plain URLs", () => {
  it("finds what the pattern finds", () => {
    const piece = fc.constantFrom(
      ...[
        "h",
        "H-1.x",
        "/",
        "//",
        "?",
        "&",
        "=",
        "#",
        "@",
        ":",
        "[",
        "]",
        "%73ig",
        "sig",
        "\n",
        "é",
      ],
    );
    const tails = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(tails, (tail) => {
        // A scheme in capitals goes the long way.
        const long = parseRequestUrl(`HTTPS://${tail}`);
        const lower = (text: string): string => text.replace(/^HTTPS/, "https");
        expect(parseRequestUrl(`https://${tail}`)).toEqual(
          long && { ...long, full: lower(long.full), origin: lower(long.origin) },
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe("redactText", () => {
  it("takes credentials out of a text that is no URL", () => {
    const text = "GET //u:hunter2@host/x?sig=hunter2&a=1 and /y?Password=hunter2";
    expect(redactText(text)).toBe(
      "GET //REDACTED:REDACTED@host/x?sig=REDACTED&a=1 and /y?Password=REDACTED",
    );
    expect(redactText("plain words")).toBe("plain words");
  });

  it("takes all of them, and nothing that only looks alike", () => {
    expect(redactText("//a@h //b:c@h ;sig=x #SIG=y &token=z t")).toBe(
      "//REDACTED:REDACTED@h //REDACTED:REDACTED@h ;sig=REDACTED #SIG=REDACTED &token=REDACTED t",
    );
    const harmless = "design=1 code=2 ?design=2 //host/mail@x //a b@c //h?d@e //h#f@g me@host";
    expect(redactText(harmless)).toBe(harmless);
  });
});

describe("credentials that hide", () => {
  it.each([
    "https://h/backup?u=https://a.blob/c?sig=SECRET&sv=1",
    "https://h/x?next=https://u:SECRET@h2/",
    "https://h/u/https://u:SECRET@h2/y",
    "https://h/p;sig=SECRET/x",
    "https://h/x?a=b%26sig%3DSECRET",
    "https://h/x?sig%3DSECRET",
    "https://h/x? sig=SECRET",
    "https://h/x?sig =SECRET",
  ])("are found in a URL: %s", (text) => {
    expect(JSON.stringify(parseRequestUrl(text))).not.toContain("SECRET");
    expect(parseRequestUrl(text)).toBeDefined();
  });

  it.each([
    "/orders?%73ig=SECRET",
    "sig=SECRET&sv=1",
    "token sig=SECRET",
    "https://h/b?%73ig=SECRET",
    "https://h/b#SECRETfragment",
    "DefaultEndpointsProtocol=https;AccountKey=SECRET;EndpointSuffix=x",
    "Endpoint=sb://x/;SharedAccessKey=SECRET",
  ])("are found in a text: %s", (text) => {
    expect(redactText(text)).not.toContain("SECRET");
  });

  it.each(["https://h/users/ann@contoso.com?x=1", "https://h/a=b/c?design=sign", "error code=403"])(
    "are not seen where there are none: %s",
    (text) => {
      expect(redactText(text)).toBe(text);
      expect(parseRequestUrl(text)?.full ?? text).toBe(text);
    },
  );
});
