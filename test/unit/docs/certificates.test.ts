import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { RULES } from "../../../src/certificates/index.ts";

const page = readFileSync(new URL("../../../docs/certificates.md", import.meta.url), "utf8");

it("docs/certificates.md says of every rule exactly what the table in the code says", () => {
  const rows = [
    ...page.matchAll(/^\| `([a-z0-9-]+)` \| (.+?) \| `?(both|web-pki|rfc5280)`? \| (.+?) \|$/gm),
  ].map(([, id, section, profiles, says]) => [id, { section, profiles, says }]);
  expect(rows).toEqual(Object.entries(RULES));
});
