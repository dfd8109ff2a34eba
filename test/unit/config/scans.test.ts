/** The `scans` of a schedule: what they become, and what is told of a wrong one. */
import { expect, it } from "vitest";
import { load, MAIN, problemsOf } from "./config-folder.ts";

function files(scan: string) {
  return {
    "keyturn.yaml": MAIN,
    "schedules/a.yaml": `scans:\n  public:\n${scan.replaceAll(/^/gm, "    ")}\n`,
  };
}

it("has its times, its trust and its targets, with the usual for what is left out", () => {
  const [scan] = load(
    files(`files: [/etc/tls]
endpoints: ["a.example.com:443", { address: "smtp://b.example.com", names: [c.example.com], starttls: none }]
configs: [{ connection: swarm, name: chain }]`),
  ).scans;
  expect(scan).toMatchObject({
    scan: "public",
    cron: { expression: "0 2 * * *" },
    timezone: "UTC",
    trust: ["system"],
    pool: [],
    files: ["/etc/tls"],
    endpoints: [
      { address: "a.example.com:443", servername: null, names: [], startTls: null },
      { address: "smtp://b.example.com", servername: null, names: ["c.example.com"], startTls: "none" },
    ],
    configs: [{ connection: "swarm", name: "chain" }],
    soon: 0.2,
    timeoutMs: 10_000,
  });
});

it.each([
  ["endpoints: [example.com]", "scans.public.endpoints[0]", "must be HOST:PORT"],
  [
    "endpoints: [{ address: 'a:1', starttls: ftp }]",
    "scans.public.endpoints[0].starttls",
    "must be smtp or imap",
  ],
  ["expires: 20", "scans.public.expires", "must be text"],
  ["cron: '0 2 * *'", "scans.public.cron", ""],
  ["filez: [/a]", "scans.public.filez", "unknown key"],
  [
    "configs: [{ connection: nope, name: a }]",
    "scans.public.configs[0].connection",
    "there is no connection `nope`",
  ],
  [
    "configs: [{ connection: entra, name: a }]",
    "scans.public.configs[0].connection",
    "one of kind docker is needed",
  ],
])("%s", (scan, path, message) => {
  const problems = problemsOf(files(scan));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatchObject({ path, line: 3 });
  expect(problems[0]?.message).toContain(message);
});

it("is told when it has nothing to look at", () => {
  const { warnings } = load(files("timezone: UTC"));
  expect(warnings.map(({ message }) => message)).toContain("has neither files nor endpoints nor configs");
});
