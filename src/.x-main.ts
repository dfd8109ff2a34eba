import { runProgram } from "./cli/program.ts";
import type { Services } from "./cli/services.ts";
const t0 = performance.now();
const mark = (w: string) => process.env["T"] && process.stderr.write(`${w} ${(performance.now() - t0).toFixed(1)}\n`);
const services: Services = { version: "1", stdout: process.stdout, stderr: process.stderr, env: process.env, now: Date.now, setExitCode: (c) => { process.exitCode = c; },
  loadConfig: async () => { throw new Error("x"); }, configSchema: async () => ({}), work: async () => { throw new Error("x"); }, generateSealKey: async () => "",
  openReader: async (file) => { mark("parsed"); const { readFingerprint } = await import("./config/fingerprint.ts"); const f = await readFingerprint(file); mark("fingerprint"); const { openJournalReadOnly } = await import("./journal/journal-reader.ts"); mark("journal import"); const r = openJournalReadOnly(f.stateDir); mark("open"); return { tables: r.tables, policies: [], history: (s, l) => r.history(s, l), run: (i) => r.run(i), close: () => r.close() }; } };
await runProgram(services, process.argv.slice(2));
mark("end"); if (process.env["T"]) process.stderr.write(`rss ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`);
