/** The sample of x509-limbo, where somebody has put it beside this repository. It is not part of it. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { runCase } from "../../../bench/limbo/run-case.ts";
import type { Testcase } from "../../../bench/limbo/testcase.ts";

interface Expected extends Testcase {
  readonly expected_result: "SUCCESS" | "FAILURE";
}

const FILE = "shared/limbo/sample.json.gz";
const PLACES = [`../../../../${FILE}`, `../../../../../${FILE}`].map(
  (path) => new URL(path, import.meta.url),
);
const found = PLACES.find((place) => existsSync(place));

function groupOf(id: string): string {
  const [suite = "", part = ""] = id.split("::");
  return suite === "bettertls" ? `${suite} ${part}` : suite;
}

function samples(file: URL): ReadonlyMap<string, readonly Expected[]> {
  const { testcases } = JSON.parse(gunzipSync(readFileSync(file)).toString("utf8")) as {
    readonly testcases: readonly Expected[];
  };
  return Map.groupBy(testcases, ({ id }) => groupOf(id));
}

if (found === undefined) it.skip("x509-limbo [skipped: its sample is not there]", () => {});
else {
  describe("x509-limbo", () => {
    it.each([...samples(found)])("%s", (_group, testcases) => {
      const wrong = testcases
        .map((testcase) => ({ testcase, verdict: runCase(testcase, Date.now()) }))
        .filter(({ testcase, verdict }) => verdict.actual !== testcase.expected_result);
      expect(wrong.map(({ verdict }) => verdict)).toEqual([]);
    });
  });
}
