/** Runs a file of x509-limbo's format through the chain checker, a JSON line a case. `npm run -s limbo -- FILE.json[.gz]` */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { runCase } from "./run-case.ts";
import type { Testcase } from "./testcase.ts";

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write("usage: npm run -s limbo -- FILE.json[.gz]\n");
  process.exitCode = 2;
} else {
  const bytes = readFileSync(file);
  const text = (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  const { testcases } = JSON.parse(text) as { readonly testcases: readonly Testcase[] };
  for (const testcase of testcases)
    process.stdout.write(`${JSON.stringify(runCase(testcase, Date.now()))}\n`);
}
