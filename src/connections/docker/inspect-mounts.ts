/**
 * Who mounts a file that a rotation replaces. A bind mount of a file holds on to its inode, so what is put in its place by
 * a rename is never seen inside; a mount of its folder follows.
 */
import { dirname } from "node:path";
import { z } from "zod";
import { failed, inferred, proved, type Finding } from "../../domain/check.ts";
import { RotationError } from "../../domain/errors.ts";
import type { DockerClient } from "./client.ts";
import type { DockerEngine } from "./engine.ts";
import type { Mount } from "./engine-api.ts";

interface Mounting {
  /** `container sam`, `service api`. */
  readonly who: string;
  readonly files: readonly string[];
  /** On this very machine. */
  readonly here: boolean;
}

const containers = z.array(
  z.object({
    Names: z.array(z.string()),
    Labels: z.record(z.string(), z.string()).nullish(),
    Mounts: z.array(z.object({ Type: z.string(), Source: z.string().optional() })).nullish(),
  }),
);

export async function inspectMounts(
  client: DockerClient,
  files: readonly string[],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  if (files.length === 0) return [];
  const engine = client.engine();
  const here = engine.host.startsWith("unix:");
  const all = [
    ...(await servicesMounting(client, signal)),
    ...(await containersMounting(engine, signal)),
  ].map(({ who, mounts }) => ({ who, here, files: mountedFiles(mounts, files) }));
  const pinning = all.filter((each) => each.files.length > 0);
  if (pinning.length > 0) return pinning.map(told);
  return [
    proved("file-mounts", `nothing on ${engine.host} mounts one of ${files.length} delivered files itself`),
  ];
}

interface Mounter {
  readonly who: string;
  readonly mounts: readonly { readonly Type: string; readonly Source?: string | undefined }[];
}

/** Also those that run on other nodes. An engine that is no manager has none to tell of. */
async function servicesMounting(client: DockerClient, signal: AbortSignal): Promise<readonly Mounter[]> {
  const services = await client.swarm.services(signal).catch((thrown: unknown) => {
    if (thrown instanceof RotationError && thrown.code === "not-a-manager") return [];
    throw thrown;
  });
  return services.map(({ Spec }) => {
    const mounts: readonly Mount[] = Spec.TaskTemplate.ContainerSpec?.Mounts ?? [];
    return { who: `service ${Spec.Name}`, mounts };
  });
}

/** Those of a service are told as the service. */
async function containersMounting(engine: DockerEngine, signal: AbortSignal): Promise<readonly Mounter[]> {
  const order = { method: "GET", path: "/containers/json", what: "list the containers" } as const;
  const read = containers.safeParse(await engine.call(order, signal));
  if (!read.success) {
    throw new RotationError("unexpected-answer", {
      kind: "transient",
      message: `could not ${order.what} at ${engine.host}: the answer is not a list of containers`,
      hint: "Check the connection's host.",
    });
  }
  return read.data
    .filter(({ Labels }) => Labels?.["com.docker.swarm.service.name"] === undefined)
    .map(({ Names, Mounts }) => ({ who: `container ${Names[0]?.slice(1) ?? "?"}`, mounts: Mounts ?? [] }));
}

function mountedFiles(mounts: Mounter["mounts"], files: readonly string[]): readonly string[] {
  return mounts.flatMap(({ Type, Source }) =>
    Type === "bind" && Source !== undefined && files.includes(Source) ? [Source] : [],
  );
}

function told({ who, files, here }: Mounting): Finding {
  const [file = ""] = files;
  const message = `the ${who} mounts the file ${files.join(", ")} itself, so it keeps the version it started with`;
  const hint = `Mount its folder instead: --mount type=bind,source=${dirname(file)},target=…`;
  return here
    ? failed("file-mounts", message, hint)
    : inferred("file-mounts", `${message}, if that engine runs on this machine`, hint);
}
