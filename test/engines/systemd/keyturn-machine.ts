/**
 * A booted machine with keyturn installed on it from a release, a tenant that it reaches over loopback, and a service
 * `sam` of another user, which reads a secret from a file when it is reloaded.
 */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  startEntraSandbox,
  type EntraSandbox,
  type SandboxApp,
} from "../../../src/sandbox/entra/start-entra-sandbox.ts";
import { writeConfig } from "../../e2e/world/write-config.ts";
import { sharePort } from "../loopback/share-port.ts";
import { bootMachine, type Machine } from "./machine.ts";
import { makeRelease } from "./make-release.ts";

export const SECRET = "azure_secret";

export interface KeyturnMachine extends Machine {
  readonly entra: EntraSandbox;
  readonly app: SandboxApp;
  /** Folder in the machine that holds the release, and the same packed. */
  readonly release: string;
  readonly tarball: string;
  /** Every file of keyturn's state with a digest of its content. */
  stateFiles(): Promise<string>;
  /** What `sam` has read last; empty before. */
  heldBySam(): Promise<string>;
  /** Writes /etc/keyturn for the tenant and for sam's file; the secret is due at this age. With a scope `sam` to lock down. */
  configure(maxAge: string): void;
}

export async function startKeyturnMachine(): Promise<KeyturnMachine> {
  const undo = new AsyncDisposableStack();
  try {
    const folder = mkdtempSync(join(tmpdir(), "keyturn-release-"));
    undo.defer(() => rmSync(folder, { recursive: true, force: true }));
    const release = await makeRelease(folder);
    const machine = await bootMachine();
    undo.defer(() => machine.close());
    cpSync(release.folder, join(machine.root, "root/release"), { recursive: true });
    cpSync(release.tarball, join(machine.root, "root/release.tar.gz"));
    const entra = await startEntraSandbox({ clock: Date, faults: {}, replication: { signIn: [0, 0] } });
    undo.defer(() => entra.close());
    undo.use(await sharePort(Number(new URL(entra.origin).port), machine.leader));
    const app = entra.addApp({ displayName: "sam" });
    await installSam(machine);
    writeFileSync(join(machine.root, "root/admin.secret"), entra.admin.secret, { mode: 0o600 });
    const closing = undo.move();
    return {
      ...machine,
      entra,
      app,
      release: "/root/release",
      tarball: "/root/release.tar.gz",
      stateFiles: () =>
        machine.ok("sh", "-c", "find /var/lib/keyturn /etc/keyturn -type f | sort | xargs sha256sum"),
      heldBySam: () => machine.ok("cat", "/run/sam/held"),
      configure: (maxAge) => configure({ root: machine.root, entra, app, maxAge }),
      close: () => closing.disposeAsync(),
    };
  } catch (thrown) {
    await undo.disposeAsync();
    throw thrown;
  }
}

const SAM_UNIT = `[Service]
User=sam
RuntimeDirectory=sam
ExecStart=/bin/sh -c 'echo $$$$ >/run/sam/pid; touch /run/sam/held; trap "cat /srv/sam/azure_secret >/run/sam/held" HUP; while :; do sleep 1000 & wait $!; done'
ExecReload=/bin/sh -c 'kill -HUP $MAINPID'
Restart=always
RestartSec=1s
`;

async function installSam(machine: Machine): Promise<void> {
  await machine.ok("useradd", "--system", "sam");
  await machine.ok("install", "-d", "-o", "sam", "-g", "sam", "-m", "0700", "/srv/sam");
  writeFileSync(join(machine.root, "etc/systemd/system/sam.service"), SAM_UNIT);
  writeFileSync(
    join(machine.root, "etc/systemd/system/other.service"),
    SAM_UNIT.replaceAll("/sam", "/other"),
  );
  const dropIns = join(machine.root, "etc/systemd/system/keyturn.service.d");
  mkdirSync(dropIns);
  // The folder that keyturn may write to; and a watchdog that bites while a test waits.
  writeFileSync(join(dropIns, "sam.conf"), "[Service]\nReadWritePaths=/srv/sam\nWatchdogSec=8s\n");
  await machine.ok("systemctl", "daemon-reload");
  await machine.ok("systemctl", "start", "sam.service");
}

interface Setting {
  readonly root: string;
  readonly entra: EntraSandbox;
  readonly app: SandboxApp;
  readonly maxAge: string;
}

function configure({ root, entra, app, maxAge }: Setting): void {
  const folder = join(root, "etc/keyturn");
  const credentials = "${CREDENTIALS_DIRECTORY:-/etc/keyturn/credentials}";
  rmSync(join(folder, "schedules"), { recursive: true, force: true });
  writeFileSync(join(folder, "ca.pem"), entra.caPem);
  writeFileSync(join(folder, "deny"), "nobody\n");
  writeConfig(folder, {
    state: { dir: "/var/lib/keyturn", sealKeyFile: `${credentials}/seal.key` },
    connections: {
      entra: {
        kind: "entra",
        tenant: entra.tenant,
        clientId: entra.admin.clientId,
        auth: { clientSecretFile: `${credentials}/admin.secret` },
        authorityHost: entra.origin,
        graphUrl: entra.origin,
        caFile: "/etc/keyturn/ca.pem",
      },
    },
    more: {
      control: { operator: "/run/keyturn/operator.sock", viewer: "/run/keyturn/viewer.sock" },
      http: { listen: "127.0.0.1:9464" },
      lockdown: {
        scopes: {
          sam: {
            contain: [{ kind: "process", pidFile: "/run/sam/pid" }],
            preserve: { dir: "/var/lib/keyturn/evidence" },
            rotate: { secrets: [SECRET] },
            deny: [{ kind: "file", path: "/srv/sam/authorization", from: "/etc/keyturn/deny" }],
            resume: "denied",
          },
        },
      },
    },
    policy: { maxAge, overlap: "1s", retry: { attempts: 8, first: "100ms", max: "1s" } },
    secrets: {
      [SECRET]: {
        issuer: {
          kind: "entra-password",
          connection: "entra",
          application: app.appId,
          validFor: "180d",
          settle: "20s",
        },
        targets: [
          {
            kind: "file",
            path: "/srv/sam/azure_secret",
            owner: "sam",
            mode: "0400",
            reload: [{ kind: "systemd-reload", unit: "sam.service" }],
          },
        ],
      },
    },
  });
  for (const name of ["", "keyturn.yaml", "schedules", "schedules/secrets.yaml", "ca.pem"])
    chmodSync(join(folder, name), name.includes(".") ? 0o644 : 0o755);
}
