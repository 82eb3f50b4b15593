// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { AttributeSink } from "../../../src/map/attribute-sink.ts";

function sinkOf(name: string, value: unknown): AttributeSink {
  const sink = new AttributeSink();
  sink.putOther(name, value);
  return sink;
}

describe("putOther", () => {
  it("writes scalars, and the scalars of an object under their own names", () => {
    const value = { type: "RSA", size: 3072, enabled: true, nothing: null, empty: "" };
    expect(sinkOf("keyProperties", value).attributes).toEqual({
      "azure.properties.keyProperties.type": "RSA",
      "azure.properties.keyProperties.size": 3072,
      "azure.properties.keyProperties.enabled": true,
    });
  });

  it("goes down to the facts of a notification, three names deep", () => {
    const value = { subject: "web", data: { ObjectName: "web", EXP: 1_776_000_000, NBF: "1" } };
    expect(sinkOf("eventGridEventProperties", value).attributes).toEqual({
      "azure.properties.eventGridEventProperties.subject": "web",
      "azure.properties.eventGridEventProperties.data.ObjectName": "web",
      "azure.properties.eventGridEventProperties.data.EXP": 1_776_000_000,
      "azure.properties.eventGridEventProperties.data.NBF": "1",
    });
  });

  it("leaves what lies deeper, lists, and inexact numbers to the body and counts them", () => {
    const value = {
      deep: { er: { st: 1 } },
      list: [1],
      none: {},
      nil: [],
      huge: 2 ** 60,
      inf: Infinity,
    };
    const sink = sinkOf("x", value);
    expect(sink.attributes).toEqual({});
    expect(sink.droppedCount).toBe(4);
  });

  it("takes 32 fields and counts the rest", () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}`, index]));
    const sink = sinkOf("many", many);
    expect(Object.keys(sink.attributes)).toHaveLength(32);
    expect(sink.droppedCount).toBe(8);
  });

  it("takes texts up to 1,024 characters whole, longer ones not at all", () => {
    expect(sinkOf("x", "y".repeat(1024)).attributes["azure.properties.x"]).toHaveLength(1024);
    expect(sinkOf("x", "y".repeat(1025))).toMatchObject({ attributes: {}, droppedCount: 1 });
    expect(sinkOf("n".repeat(300), 1)).toMatchObject({ attributes: {}, droppedCount: 1 });
  });

  it("keeps the first of two fields that would share a name", () => {
    const sink = sinkOf("a.b", 1);
    sink.putOther("a", { b: 2 });
    expect(sink).toMatchObject({ attributes: { "azure.properties.a.b": 1 }, droppedCount: 1 });
  });

  it("redacts credentials in a URL that stands in an unknown field", () => {
    const sink = sinkOf("link", "https://h/x?sig=hunter2");
    expect(sink.attributes["azure.properties.link"]).toBe("https://h/x?sig=REDACTED");
  });

  it("is not led astray by names of Object.prototype", () => {
    const fields = JSON.parse('{"__proto__":1,"constructor":2}') as object;
    expect(sinkOf("x", fields).attributes).toEqual({
      "azure.properties.x.__proto__": 1,
      "azure.properties.x.constructor": 2,
    });
  });
});

describe("put", () => {
  it("replaces lone surrogates, which have no UTF-8 form", () => {
    const sink = new AttributeSink();
    sink.put("user.name", "a\ud800b");
    expect(sink.attributes["user.name"]).toBe("a\ufffdb");
  });
});
