import { describe, expect, test } from "vitest";
import { ERROR_HELP } from "../../../src/domain/error-help.ts";
import { ERROR_CODES, type ErrorCode } from "../../../src/domain/errors.ts";
import { keyturn } from "./fake-services.ts";

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

describe("explain", () => {
  test.each(CODES)("%s: what it means and what to do", async (code) => {
    const { code: exit, out, err } = await keyturn(["explain", code]);
    expect({ exit, err }).toEqual({ exit: 0, err: "" });
    expect(out.split("\n")[0]).toBe(code);
    expect(out.replaceAll("\n", " ")).toContain(`${ERROR_CODES[code]}  ${ERROR_HELP[code]}`);
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  test("a code that does not exist is refused with the one that was meant", async () => {
    expect(await keyturn(["explain", "overlap-opne"])).toMatchObject({
      code: 2,
      out: "",
      err: "error[usage]: there is no error code `overlap-opne`\nhint: Did you mean `overlap-open`?\n",
    });
    expect((await keyturn(["explain", "toString"])).err).toContain(
      "hint: `keyturn explain` lists every code.",
    );
  });

  test("with --json is one document", async () => {
    const one = JSON.parse((await keyturn(["explain", "timeout", "--json"])).out) as unknown;
    const row = { code: "timeout", meaning: ERROR_CODES.timeout, todo: ERROR_HELP.timeout };
    expect(one).toEqual(row);
    const all = JSON.parse((await keyturn(["explain", "--json"])).out) as { codes: { code: string }[] };
    expect(all.codes.map(({ code }) => code)).toEqual(CODES);
    expect(all.codes).toContainEqual(row);
  });

  test("without a code lists all of them", async () => {
    const { out } = await keyturn(["explain"]);
    expect(out.match(/^[a-z]\S*$/gm)).toEqual(CODES);
  });
});
