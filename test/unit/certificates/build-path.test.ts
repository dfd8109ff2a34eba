import { expect, it } from "vitest";
import { buildPath } from "../../../src/certificates/index.ts";
import { ask } from "./fixtures/ask.ts";
import { authority, leaf } from "./fixtures/issue.ts";

it("finds a path", () => {
  const root = authority("root");
  const ca = authority("ca", { by: root });
  const end = leaf("example.com", ca);
  const answer = buildPath(ask({ leaf: end, pool: [ca], anchors: [root] }));
  expect(answer).toEqual({ ok: true, path: [end.certificate, ca.certificate, root.certificate] });
});
