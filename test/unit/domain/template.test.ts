import { describe, expect, it } from "vitest";
import { SecretValue } from "../../../src/domain/material.ts";
import { readTemplate, renderTemplate, templateParts } from "../../../src/domain/template.ts";

const material = { username: SecretValue.fromText("sam"), password: SecretValue.fromText("pä$$&{value}") };
const render = (template: string): string => renderTemplate(template, material).reveal((text) => text);

describe("renderTemplate", () => {
  it.each([
    ["{password}", "pä$$&{value}"],
    ["{username}:{password}\n{username}", "sam:pä$$&{value}\nsam"],
    ['{{"user":"{username}"}}', '{"user":"sam"}'],
    ["{{username}}", "{username}"],
    ["{{{username}}}", "{sam}"],
    ["no part", "no part"],
    ["", ""],
  ])("renders %j, putting values in as they are", (template, expected) => {
    expect(render(template)).toBe(expected);
  });

  it("keeps bytes that are not text", () => {
    const bytes = Buffer.from([0, 255, 254, 10, 128]);
    const rendered = renderTemplate("<{value}>", { value: SecretValue.fromBytes(bytes) });
    expect(rendered.revealBytes((whole) => [...whole])).toEqual([60, 0, 255, 254, 10, 128, 62]);
  });

  it.each(["{value}", "{toString}", "{constructor}"])(
    "refuses %s, which the version does not have",
    (template) => {
      expect(() => render(template)).toThrow(
        expect.objectContaining({
          code: "template-invalid",
          kind: "rejected",
          hint: "It has {username}, {password}.",
        }),
      );
    },
  );

  it.each(["{", "}", "a } b", "{ username }", "{}"])(
    "refuses %j, which has a brace that stands alone",
    (template) => {
      expect(templateParts(template)).toBeNull();
      expect(() => render(template)).toThrow(expect.objectContaining({ code: "template-invalid" }));
    },
  );

  it("leaves the material as it was", () => {
    expect(render("{password}")).toBe(render("{password}"));
    expect(material.password.reveal((text) => text)).toBe("pä$$&{value}");
  });
});

describe("templateParts", () => {
  it("names each part once, in order", () => {
    expect(templateParts("{b}{a}{{c}}{b}")).toEqual(["b", "a"]);
  });
});

describe("a template read backwards", () => {
  const read = (template: string, content: string): string | null => {
    const { value } = readTemplate(template, SecretValue.fromText(content)) ?? {};
    return value === undefined ? null : value.reveal((text) => text);
  };

  it.each([
    ["{value}", "s3cret", "s3cret"],
    ["{value}", "s3cret\n", "s3cret"],
    ["{value}", "s3cret\r\n", "s3cret"],
    ["{value}", "s3cret\n\n", "s3cret\n"],
    ["{value}\n", "s3cret\n", "s3cret"],
    ['{{"key":"{value}"}}', '{"key":"s3cret"}', "s3cret"],
    ["é{value}é", "éñé", "ñ"],
    ["a{value}a", "a", null],
    ["a{value}", "b", null],
    ["{value}{other}", "s3cret", null],
    ["nothing", "nothing", null],
    ["{", "{", null],
  ])("%j in %j", (template, content, value) => {
    expect(read(template, content)).toBe(value);
  });
});
