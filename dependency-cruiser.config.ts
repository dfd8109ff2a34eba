/**
 * The arrows of docs/architecture.md. Whoever adds a folder to src/ gives it a row here: a folder without one may
 * import nothing. `test/unit/tooling/import-rules.test.ts` proves of each rule that it can fail.
 */
import type { IConfiguration } from "dependency-cruiser";

type Rule = NonNullable<IConfiguration["forbidden"]>[number];

const WORK = ["domain", "run", "plan", "schedule", "config"];
const LEAF = ["domain", "connections", "certificates"];

/** Which folders of src/ each folder may import, besides its own files. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  config: ["domain"],
  plan: ["domain", "schedule"],
  schedule: ["domain"],
  journal: ["domain"],
  certificates: ["domain"],
  connections: ["domain"],
  issuers: LEAF,
  targets: LEAF,
  reloads: LEAF,
  probes: LEAF,
  countermeasures: LEAF,
  sinks: LEAF,
  run: ["domain", "plan"],
  daemon: WORK,
  control: WORK,
  lockdown: WORK,
  cli: [...WORK, "control", "certificates"],
  sandbox: LEAF,
};

/** These see the configuration's shape, never its parser. */
const CONFIG_TYPES = ["plan", "schedule", "journal", "certificates", "connections"];

const FOLDERS = Object.keys(ARROWS);
const SDKS = "(^|/)node_modules/(@azure/|@microsoft/|dockerode/)";

function arrowsOf(folder: string, allowed: readonly string[]): Rule {
  const typesOnly = CONFIG_TYPES.includes(folder) ? ["config"] : [];
  const exceptions = folder === "cli" ? ["^src/cli/sandbox\\.ts$"] : [];
  return {
    name: `arrows-of-${folder}`,
    comment: `${folder} imports ${["its own files", ...allowed].join(", ")} and nothing else of src/.`,
    severity: "error",
    from: { path: `^src/${folder}/`, ...(exceptions.length > 0 && { pathNot: exceptions }) },
    to: { path: "^src/", pathNot: `^src/(${[folder, ...allowed, ...typesOnly].join("|")})/` },
  };
}

function configTypesOnly(folder: string): Rule {
  return {
    name: `config-types-only-in-${folder}`,
    comment: `${folder} knows the configuration as types: write \`import type\`.`,
    severity: "error",
    from: { path: `^src/${folder}/` },
    to: { path: "^src/config/", dependencyTypesNot: ["type-only"] },
  };
}

const config: IConfiguration = {
  forbidden: [
    ...Object.entries(ARROWS).map(([folder, allowed]) => arrowsOf(folder, allowed)),
    ...CONFIG_TYPES.map(configTypesOnly),
    {
      name: "arrows-of-cli-sandbox",
      comment: "The sandbox command alone may also start the sandbox.",
      severity: "error",
      from: { path: "^src/cli/sandbox\\.ts$" },
      to: { path: "^src/", pathNot: `^src/(cli|sandbox|${ARROWS["cli"]?.join("|")})/` },
    },
    {
      name: "arrows-of-compose",
      comment: "compose wires everything, but it starts nothing and is no stand-in.",
      severity: "error",
      from: { path: "^src/compose(\\.ts$|/)" },
      to: { path: "^src/(main\\.ts$|sandbox/)" },
    },
    {
      name: "arrows-of-main",
      comment: "main joins cli and compose.",
      severity: "error",
      from: { path: "^src/main\\.ts$" },
      to: { path: "^src/", pathNot: "^src/(compose(\\.ts$|/)|cli/|domain/)" },
    },
    {
      name: "place-of-its-own",
      comment:
        "Every file of src/ stands in a folder of the tree. A new folder needs its arrows in this file.",
      severity: "error",
      from: { path: "^src/", pathNot: `^src/((compose|${FOLDERS.join("|")})/|(main|compose)\\.ts$)` },
      to: {},
    },
    {
      name: "domain-is-pure",
      comment:
        "domain reaches no file, network or clock: of Node it takes util and path, of packages only zod's types.",
      severity: "error",
      from: { path: "^src/domain/" },
      to: {
        dependencyTypes: ["core", "npm", "npm-dev", "npm-optional"],
        pathNot: ["^(node:)?(util|path)$", "(^|/)node_modules/zod/"],
      },
    },
    {
      name: "domain-takes-types-of-zod",
      comment: "Loading zod costs 110 ms, which `status` must not pay: write `import type`.",
      severity: "error",
      from: { path: "^src/domain/" },
      to: { path: "(^|/)node_modules/zod/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "sdks-only-in-connections",
      comment: "A vendor's SDK is known to its connection only.",
      severity: "error",
      from: { path: "^src/", pathNot: "^src/connections/" },
      to: { path: SDKS },
    },
    {
      name: "sdks-loaded-when-used",
      comment:
        "@azure/identity costs 300 ms and 25 MiB, dockerode 230 ms and 23 MiB: `await import()` at first use.",
      severity: "error",
      from: { path: "^src/connections/" },
      to: { path: SDKS, dynamic: false, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-test-code-in-src",
      comment: "What ships knows nothing of its tests and measurements.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(test|bench)/" },
    },
    {
      name: "no-dev-packages-in-src",
      comment: "What src/ imports must be installed where keyturn runs.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-unresolvable",
      comment: "The import leads nowhere, or to a package that package.json does not name.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "no-cycles",
      comment: "Files that need each other are one file, or want a third.",
      severity: "error",
      from: { path: "^src/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-orphans",
      comment: "Nothing imports it and it imports nothing.",
      severity: "error",
      from: { path: "^src/", orphan: true, pathNot: "^src/(main\\.ts$|compose(\\.ts$|/))" },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    // Without it TypeScript's type-only imports are invisible, and so are half of the arrows.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: [".ts", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
    },
  },
};

// Tools read their configuration from a default export.
export default config;
