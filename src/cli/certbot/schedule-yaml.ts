/** certbot's lineages, as a file for the schedules folder that `config check` takes as it is. */
import { stringify } from "yaml";
import type { Certbot, Lineage } from "./lineage.ts";
import { escapeControls } from "../output/terminal.ts";

const POLICY = "certbot";
const LONGEST_NAME = 64;

const HEAD = `# What \`keyturn cert import-certbot\` found, to be looked through and saved in the schedules folder. certbot goes on
# renewing; keyturn notices, checks, deploys and proves. Give each secret its targets and its probe, then:
#   keyturn config check, keyturn plan --now NAME, keyturn rotate --now NAME
# and only then take what certbot and cron did themselves out of certbot's configuration.
`;

const POLICIES = `policies:
  ${POLICY}:
    renewBefore: 20%   # certbot renews when a third is left: when it has not by then, keyturn says so
    overlap: 1h        # so long \`keyturn rollback\` leads back to the certificate before
    # window: { from: "02:00", to: "05:00" }   # when services may reload; a renewal waits for it, checked
`;

export function scheduleYaml({ lineages, commonHooks }: Certbot): string {
  const common = commonHooks.map((hook) => `# certbot runs after every renewal: ${line(hook)}\n`).join("");
  const names = uniqueNames(lineages);
  const secrets = lineages.map((lineage, index) => secretText(lineage, names[index] ?? "")).join("\n");
  const body = lineages.length === 0 ? "secrets: {}\n" : `secrets:\n${secrets}`;
  return `${HEAD}${common}\n${POLICIES}\n${body}`;
}

function secretText(lineage: Lineage, name: string): string {
  const { fullchain, key, names, hooks, problem } = lineage;
  const secret = {
    [name]: {
      policy: POLICY,
      issuer: { kind: "certificate-file", certificateFile: fullchain, keyFile: key, names },
      targets: [],
      probes: [],
    },
  };
  const notes = [
    ...(problem === null ? [] : [`not ready: ${problem}`]),
    ...hooks.map((hook) => `certbot runs after a renewal: ${hook}`),
  ];
  const text = [...notes.map((note) => `# ${line(note)}`), stringify(secret, { lineWidth: 0 }).trimEnd()];
  return [...text.join("\n").split("\n"), ...example(lineage)].map((each) => `  ${each}\n`).join("");
}

/** Comments, since nobody but the operator knows who reads the files. */
function example({ name, names }: Lineage): readonly string[] {
  const host = names.find((each) => !each.startsWith("*")) ?? "HOST";
  const text = `targets:
  - kind: files
    path: /etc/nginx/tls/${line(name)}
    files:
      fullchain.pem: { content: "{fullchain}", mode: "0444" }
      privkey.pem: { content: "{key}", mode: "0400" }
    reload:
      - { kind: exec, command: [nginx, -t] }
      - { kind: signal, pidFile: /run/nginx.pid }
probes:
  - { kind: certificate, host: ${line(host)}, addresses: all }`;
  return ["  # for example:", ...text.split("\n").map((each) => `  #   ${each}`)];
}

/** In a comment nothing may end the line. */
function line(text: string): string {
  return escapeControls(text).replaceAll(/[\r\n]/g, " ");
}

function uniqueNames(lineages: readonly Lineage[]): readonly string[] {
  const taken = new Set<string>();
  return lineages.map(({ name }) => {
    const base = name
      .replaceAll(/[^a-zA-Z0-9_.-]/g, "-")
      .replace(/^[^a-zA-Z0-9]+/, "")
      .slice(0, LONGEST_NAME - 3);
    let free = base === "" ? "certificate" : base;
    for (let count = 2; taken.has(free); count += 1) free = `${base}-${count}`;
    taken.add(free);
    return free;
  });
}
