/** What an engine can tell of a container that is held still, in the order in which it may vanish. */
import { readFileSync } from "node:fs";
import type { DockerSite } from "./docker-site.ts";
import type { Found } from "./found-containers.ts";
import type { CallOrder } from "../../connections/docker/call.ts";
import { containerProcesses } from "../../connections/process/container-processes.ts";
import type { EvidenceSettings, EvidenceSource } from "../../domain/lockdown.ts";

/** One list for each container, and one for each service. */
export async function evidenceOf(
  site: DockerSite,
  settings: EvidenceSettings,
  signal: AbortSignal,
): Promise<readonly (readonly EvidenceSource[])[]> {
  const { found } = await site.look(signal);
  return [
    ...found.map((each) => ofContainer(each, settings)),
    ...site.config.services.map((name) => ofService(site, name)),
  ];
}

function ofContainer(container: Found, settings: EvidenceSettings): readonly EvidenceSource[] {
  const { id, name } = container;
  const get = (path: string, what: string): CallOrder => ({
    method: "GET",
    path: `/containers/${id}/${path}`,
    what: `read the ${what} of ${name}`,
  });
  const logs = { ...get("logs", "logs"), query: { stdout: 1, stderr: 1, timestamps: 1 } };
  return [
    ...(settings.processes ? [json(container, "processes", get("top", "processes"))] : []),
    ...(settings.network ? [connectionsOf(container)] : []),
    json(container, "inspect", get("json", "state")),
    ...(settings.changedFiles ? [json(container, "changed-files", get("changes", "changed files"))] : []),
    ...(settings.logs
      ? [{ name: `${name}-logs.raw`, collect: (s: AbortSignal) => container.engine.bytes(logs, s) }]
      : []),
    ...(settings.image ? [json(container, "image", commitOf(container))] : []),
  ];
}

/** A paused container can be committed as it is. */
function commitOf({ id, name }: Found): CallOrder {
  const tag = name.replaceAll(/[^a-zA-Z0-9_.-]/g, "_").slice(-100);
  const query = { container: id, repo: "keyturn-evidence", tag, pause: false, comment: "taken by keyturn" };
  return { method: "POST", path: "/commit", query, body: {}, what: `commit ${name}` };
}

function json({ engine, name }: Found, what: string, order: CallOrder): EvidenceSource {
  return {
    name: `${name}-${what}.json`,
    collect: async (signal) => Buffer.from(`${JSON.stringify(await engine.call(order, signal), null, 2)}\n`),
  };
}

const TABLES = ["tcp", "tcp6", "udp", "udp6", "unix", "route", "arp"];

/** The kernel's own tables, where the container runs on this machine. */
function connectionsOf({ id, name }: Found): EvidenceSource {
  return {
    name: `${name}-network.txt`,
    collect: async () => {
      const [pid] = containerProcesses([id]);
      if (pid === undefined) return Buffer.from("the container does not run on this machine\n");
      return Buffer.from(TABLES.map((table) => `# ${table}\n${readTable(pid, table)}\n`).join(""));
    },
  };
}

function readTable(pid: number, table: string): string {
  try {
    return readFileSync(`/proc/${pid}/net/${table}`, "utf8");
  } catch {
    return "not there";
  }
}

function ofService(site: DockerSite, name: string): readonly EvidenceSource[] {
  return [
    {
      name: `service-${name}.json`,
      collect: async (signal) => {
        const service = await site.service(name, signal);
        const tasks = await site.swarm.tasks([service.ID], signal);
        return Buffer.from(`${JSON.stringify({ service, tasks }, null, 2)}\n`);
      },
    },
  ];
}
