/** Runs every case, prints the table and keeps it in `bench/README.md`. A claim of speed is a ratio of one run. */
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { decideAndPlan } from "./cases/decide-and-plan.ts";
import { durableRecords } from "./cases/durable-records.ts";
import { recoverRuns } from "./cases/recover-runs.ts";
import { rotation } from "./cases/rotation.ts";
import { statusStart } from "./cases/status-start.ts";
import { formatTable, type Row } from "./table.ts";

const CASES: readonly (() => Promise<readonly Row[]>)[] = [
  statusStart,
  rotation,
  durableRecords,
  decideAndPlan,
  recoverRuns,
];

const HEAD = `# Benchmarks

\`npm run bench\` measures these anew and rewrites this page. Absolute figures are of one machine at one moment; what can be
compared are the ratios, since both sides of each were measured in the same run.
`;

const rows: Row[] = [];
for (const measure of CASES) rows.push(...(await measure()));
const table = formatTable(rows);
const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}-${process.arch}`;
process.stdout.write(`${table}\n`);
writeFileSync(new URL("README.md", import.meta.url), `${HEAD}\nMeasured on ${machine}.\n\n${table}\n`);
