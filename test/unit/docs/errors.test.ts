import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERROR_HELP } from "../../../src/domain/error-help.ts";
import { ERROR_CODES } from "../../../src/domain/errors.ts";

const page = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");

describe("docs/errors.md", () => {
  it("says of every code exactly what the tables in the code say", () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` +\| (.+?) +\| (.+?) +\|$/gm)].map(
      ([, code, meaning, todo]) => ({ code, meaning, todo }),
    );
    expect(rows).toEqual(
      Object.entries(ERROR_CODES).map(([code, meaning]) => ({
        code,
        meaning,
        todo: ERROR_HELP[code as keyof typeof ERROR_CODES],
      })),
    );
  });
});
