import { describe, expect, test } from "vitest";
import type { Check } from "../../../src/domain/check.ts";
import { keyturn, policy } from "./fake-services.ts";

const CHECKS: readonly Check[] = [
  {
    subject: "clock",
    check: "clock-synchronised",
    result: "proved",
    message: "a time service keeps the clock",
  },
  {
    subject: "issuer of api",
    check: "owner",
    result: "failed",
    message: "keyturn's service principal 1111 is not among the 0 owners of 3333, so it may not change it",
    hint: "Run `az ad app owner add --id 33333333-3333-3333-3333-333333333333 --owner-object-id 1111`.",
  },
  {
    subject: "issuer of api",
    check: "lifetime",
    result: "not-checkable",
    message: "Graph does not let keyturn read it",
  },
  {
    subject: "issuer of api",
    check: "forgotten-secret",
    result: "inferred",
    message: '"\u001b[2Jold" is 3d old',
  },
];

describe("doctor", () => {
  test("for people: by subject, with hints, commands in one piece, and nothing that steers the terminal", async () => {
    const { code, out, err } = await keyturn(["doctor"], { checks: CHECKS });
    expect({ code, err }).toEqual({ code: 1, err: "" });
    expect(out).toMatchInlineSnapshot(`
      "clock
        proved        clock-synchronised: a time service keeps the clock
      issuer of api
        FAILED        owner: keyturn's service principal 1111 is not among the 0
                      owners of 3333, so it may not change it
          hint        Run
                      \`az ad app owner add --id 33333333-3333-3333-3333-333333333333 --owner-object-id 1111\`.
        not checkable lifetime: Graph does not let keyturn read it
        inferred      forgotten-secret: "\\u001b[2Jold" is 3d old
      1 failed, 1 proved, 1 inferred, 1 not checkable. Nothing was changed.
      "
    `);
  });

  test("with --json is one document", async () => {
    const { code, out } = await keyturn(["doctor", "--json"], { checks: CHECKS });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({ checks: CHECKS });
  });

  test("exits 0 while nothing failed", async () => {
    const checks = CHECKS.filter(({ result }) => result !== "failed");
    expect((await keyturn(["doctor"], { checks })).code).toBe(0);
  });

  test("is coloured on a terminal, and not with NO_COLOR", async () => {
    const answers = { checks: CHECKS, isTTY: true };
    expect((await keyturn(["doctor"], answers)).out).toContain("\u001b[31m");
    expect((await keyturn(["doctor"], { ...answers, env: { NO_COLOR: "1" } })).out).not.toContain("\u001b");
  });

  test("asks for all, for the named, or for those with a label", async () => {
    const answers = { policies: [policy("a"), policy("b", {}, { team: "mesh" }), policy("c")] };
    const examined = async (...args: string[]) => (await keyturn(["doctor", ...args], answers)).examined;
    expect(await examined()).toEqual([null]);
    expect(await examined("c", "a")).toEqual([["a", "c"]]);
    expect(await examined("--label", "team=mesh")).toEqual([["b"]]);
    expect(await examined("nobody")).toEqual([]);
  });
});
