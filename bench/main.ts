/** Runs every case, prints the table and keeps it in `bench/README.md`. A claim of speed is a ratio of one run. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { formatTable, type Row } from "./table.ts";

/** Each in a process of its own, so that nobody's memory or warm code is counted for another. */
const CASES = [
  "status-start",
  "rotation",
  "first-call",
  "durable-records",
  "decide-and-plan",
  "recover-runs",
  "heartbeat",
  "lateness",
  "idle-daemon",
  "certificate-files",
  "certificate-endpoints",
  "lockdown",
];

const HEAD = `# Benchmarks

\`npm run bench\` measures these anew and rewrites this page. Absolute figures are of one machine at one moment; what can be
compared are the ratios, since both sides of each were measured in the same run.

A rotation is measured twice: against an Entra stand-in that answers after 40 ms, as over a network, and against one that
answers at once. keyturn signs in with a new secret several times side by side before it believes it; the calls in sequence
are the very same ones, one after the other on one connection, with nothing journaled, sealed or verified.

How late work begins is measured with daemons of 10,000 secrets and a journal of their whole history: 500 come due spread
over 30 seconds, once all of them healthy, once with 50 on a connection to a server that takes connections and never
answers. An instant is compared with the secret's own due instant; up to 30 seconds of it are the wait for the heartbeat.

Certificates: the files hold a leaf and its intermediate each, and every chain is built, verified and judged. Of tools that
are started anew for each file 200 are measured, and told for all. The servers are 1,000 ports of one process on loopback, which is
given one core's time by everybody alike; the blackbox exporter is asked 64 probes at a time, as many as keyturn makes.
`;

const rows = CASES.flatMap(measure);
const table = formatTable(rows);
const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}-${process.arch}`;
process.stdout.write(`${table}\n`);
writeFileSync(new URL("README.md", import.meta.url), `${HEAD}\nMeasured on ${machine}.\n\n${table}\n`);

function measure(name: string): readonly Row[] {
  const script = fileURLToPath(new URL("run-case.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, name], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the case ${name} exited ${status}: ${stderr}`);
  return JSON.parse(stdout) as readonly Row[];
}
