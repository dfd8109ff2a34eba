import { describe, expect, it } from "vitest";
import { settingValue } from "../../../../src/issuers/postgres-role/carry-over/setting-value.ts";
import { assertFree, assertMayOverwrite, freeRole } from "../../../../src/issuers/postgres-role/free-role.ts";
import { roleBefore } from "../../../../src/issuers/postgres-role/role-before.ts";
import { markerIn, withMarker } from "../../../../src/issuers/postgres-role/role-comment.ts";
import { credentialId, roleNameIn, type Role } from "../../../../src/issuers/postgres-role/role.ts";

function role(name: string, marker: string | null, canLogin = true): Role {
  return { name, marker, canLogin, comment: marker, notAfter: null };
}

const [A, B] = ["keyturn:db:0a.1", "keyturn:db:0b.1"];

describe("which role a version gets", () => {
  it.each([
    [[], "a"],
    [[role("a", A)], "b"],
    [[role("a", null)], "b"],
    [[role("a", A), role("b", null, false)], "b"],
    [[role("a", null, false), role("b", B)], "a"],
    [[role("a", A), role("b", null)], "c"],
  ])("is one that nobody signs in as: %j", (roles, expected) => {
    expect(freeRole(["a", "b", "c"], roles)).toBe(expected);
  });

  it("none, when all are in use", () => {
    expect(() => freeRole(["a", "b"], [role("a", A), role("b", null)])).toThrow(
      expect.objectContaining({ code: "too-many-credentials", kind: "rejected" }),
    );
  });

  it.each([
    ["keyturn:db:0a.1", "keyturn:db:0a.2", true],
    ["keyturn:db:0a.2", "keyturn:db:0a.2", true],
    // A late call of an attempt that was given up must not bring its swept marker back.
    ["keyturn:db:0a.2", "keyturn:db:0a.1", false],
    ["keyturn:db:0a.1", "keyturn:db:0b.1", false],
    ["keyturn:other:0a.1", "keyturn:db:0a.2", false],
  ])("what carries %s may be taken over by %s: %s", (held, marker, may) => {
    const taking = (): void => assertFree(role("a", held), marker);
    if (may) expect(taking).not.toThrow();
    else expect(taking).toThrow(expect.objectContaining({ code: "too-many-credentials" }));
  });

  it.each([
    [role("a", "keyturn:db:0a.1"), true],
    [role("a", "keyturn:db:0b.1"), true],
    [role("a", "keyturn:db:0b.2"), false],
    [role("a", "keyturn:db:0c.1"), false],
    [role("a", "keyturn:other:0a.1"), false],
    [role("a", null), false],
    [role("a", null, false), true],
  ])("with one role, %j is overwritten by a younger version of the same secret only", (held, may) => {
    const taking = (): void => assertMayOverwrite(held, "keyturn:db:0b.1", []);
    if (may) expect(taking).not.toThrow();
    else expect(taking).toThrow(expect.objectContaining({ code: "role-in-use" }));
  });

  it("with one role, what `adopt` names is overwritten, but not what somebody's keyturn made", () => {
    expect(() => assertMayOverwrite(role("a", null), A, ["a"])).not.toThrow();
    expect(() => assertMayOverwrite(role("a", "keyturn:other:0a.1"), A, ["a"])).toThrow();
  });

  it("follows the youngest version, else whoever signs in", () => {
    expect(roleBefore([role("a", A), role("b", B), role("c", null)], "d")?.name).toBe("b");
    expect(roleBefore([role("a", null, false), role("b", null)], "c")?.name).toBe("b");
    expect(roleBefore([role("a", A)], "a")).toBeNull();
  });
});

describe("the marker in a comment", () => {
  it.each([
    [null, A],
    ["of the shop", `of the shop\n${A}`],
    ["two\nlines", `two\nlines\n${A}`],
    [B, A],
    [`of the shop\n${B}`, `of the shop\n${A}`],
  ])("stands on the last line: %j", (before, after) => {
    expect(withMarker(before, A)).toBe(after);
    expect(markerIn(after)).toBe(A);
  });

  it.each([
    [A, null],
    [`of the shop\n${A}`, "of the shop"],
    ["of the shop", "of the shop"],
    [null, null],
  ])("goes, and leaves what a person wrote: %j", (before, after) => {
    expect(withMarker(before, null)).toBe(after);
  });

  it("tells credentials of one role apart, whatever its name", () => {
    for (const name of ["app", "app#1", `app#${A}`])
      for (const marker of [A, null])
        expect(roleNameIn({ id: credentialId({ name, marker }), marker })).toBe(name);
  });
});

describe("a setting's value", () => {
  it.each([
    ["work_mem", "64MB", "'64MB'"],
    ["my.words", 'it\'s \\ "odd"', `E'it''s \\\\ "odd"'`],
    ["search_path", '"$user", public', "'$user', 'public'"],
    ["search_path", '"a ""b"" c",d', `'a "b" c', 'd'`],
    ["search_path", "public;DROP", "'public;DROP'"],
    ["search_path", "", "''"],
    ["search_path", '""', "''"],
  ])("%s = %j is quoted anew", (name, value, written) => {
    expect(settingValue(name, value)).toBe(written);
  });
});
