import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { keyturn } from "./fake-services.ts";
import { writeConfig } from "../../e2e/world/write-config.ts";
import { testAuthority } from "../../pki/authority.ts";
import { tempFolder } from "../../temp-folder.ts";
import { kinds } from "../../../src/compose/kinds.ts";
import { loadConfig } from "../../../src/config/load-config.ts";

/** As certbot leaves it: numbered files in `archive/`, links in `live/`. */
function lineage(root: string, name: string, names: readonly string[], more = ""): void {
  for (const folder of ["renewal", `live/${name}`, `archive/${name}`])
    mkdirSync(join(root, folder), { recursive: true });
  const { certificate, chain, fullchain, key } = testAuthority().issue({ names });
  for (const [file, text] of Object.entries({ cert: certificate, chain, fullchain, privkey: key })) {
    writeFileSync(join(root, "archive", name, `${file}3.pem`), text);
    symlinkSync(`../../archive/${name}/${file}3.pem`, join(root, "live", name, `${file}.pem`));
  }
  writeFileSync(
    join(root, "renewal", `${name}.conf`),
    `# renew_before_expiry = 30 days
version = 2.1.0
archive_dir = ${root}/archive/${name}
cert = ${root}/live/${name}/cert.pem
privkey = ${root}/live/${name}/privkey.pem
chain = ${root}/live/${name}/chain.pem
fullchain = ${root}/live/${name}/fullchain.pem

# Options used in the renewal process
[renewalparams]
account = 0123456789abcdef
authenticator = webroot
server = https://acme-v02.api.letsencrypt.org/directory
pre_hook = None
${more}
`,
  );
}

test("writes a schedule that loads, with every lineage, its names, and what certbot runs", async () => {
  const root = tempFolder();
  lineage(root, "example.com", ["example.com", "*.example.com"], "renew_hook = systemctl reload nginx");
  lineage(root, "mail.example.com-0001", ["mail.example.com"]);
  mkdirSync(join(root, "renewal-hooks/deploy"), { recursive: true });
  writeFileSync(join(root, "renewal-hooks/deploy/copy.sh"), "#!/bin/sh\n");
  const { code, out, err } = await keyturn(["cert", "import-certbot", root]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toContain("  # certbot runs after a renewal: systemctl reload nginx");
  expect(out).toContain(`# certbot runs after every renewal: ${root}/renewal-hooks/deploy/copy.sh`);
  expect(parse(out)).toMatchObject({
    secrets: {
      "example.com": {
        issuer: {
          kind: "certificate-file",
          certificateFile: `${root}/live/example.com/fullchain.pem`,
          keyFile: `${root}/live/example.com/privkey.pem`,
          names: ["example.com", "*.example.com"],
        },
      },
      "mail.example.com-0001": { issuer: { names: ["mail.example.com"] } },
    },
  });
  const folder = tempFolder();
  const file = writeConfig(folder, {
    state: { dir: folder, sealKeyFile: join(folder, "seal.key") },
    connections: {},
    policy: { maxAge: "1d", overlap: "1h" },
    secrets: {},
  });
  writeFileSync(join(folder, "schedules/certbot.yaml"), out);
  expect(loadConfig(file, kinds, {}).secrets.map(({ secret }) => secret)).toEqual([
    "example.com",
    "mail.example.com-0001",
  ]);
  // What stands there as an example is one that loads, too.
  writeFileSync(
    join(folder, "schedules/certbot.yaml"),
    out
      .replaceAll(/^ +(targets|probes): \[\]\n/gm, "")
      .replaceAll(/^ +# for example:\n/gm, "")
      .replaceAll(/^ {4}# {3}/gm, "    "),
  );
  expect(loadConfig(file, kinds, {}).secrets.map(({ targets }) => targets.length)).toEqual([1, 1]);
});

test("says of what cannot be taken over why, and of a wrong folder what is wrong", async () => {
  const root = tempFolder();
  mkdirSync(join(root, "renewal"));
  writeFileSync(join(root, "renewal", "gone.test.conf"), "[renewalparams]\n");
  lineage(
    root,
    "stage.test",
    ["stage.test"],
    "server = https://acme-staging-v02.api.letsencrypt.org/directory",
  );
  const { code, out } = await keyturn(["cert", "import-certbot", root]);
  expect(code).toBe(0);
  expect(out).toMatch(/# not ready: .*live\/gone\.test\/fullchain\.pem cannot be read: ENOENT/);
  expect(out).toMatch(/# not ready: it comes from https:\/\/acme-staging/);
  const wrong = await keyturn(["cert", "import-certbot", join(root, "nowhere")]);
  expect([wrong.code, wrong.out]).toEqual([2, ""]);
  expect(wrong.err).toContain("config-not-found");
});

test("what stands in certbot's files cannot become YAML of its own", async () => {
  const root = tempFolder();
  lineage(root, "a: {b} # c", ["x.test"], "renew_hook = x\rsecrets: {evil: 1}");
  const { out } = await keyturn(["cert", "import-certbot", root]);
  expect(Object.keys((parse(out) as { secrets: object }).secrets)).toEqual(["a---b----c"]);
});
