/** Opens the daemon's sockets and its health page. */
import type { Server } from "node:http";
import { asRotationError, RotationError } from "../domain/errors.ts";
import type { Face, Role } from "./face.ts";
import { controlRoutes, healthRoutes } from "./routes.ts";
import { close, hardenedServer } from "./server.ts";
import { bindSocket } from "./unix-socket.ts";

export interface Places {
  readonly control: {
    readonly operator: string;
    readonly viewer: string;
    readonly operatorGroup: string | null;
    readonly viewerGroup: string | null;
  };
  readonly http: { readonly host: string; readonly port: number } | null;
}

/**
 * A place that cannot be opened is told to `failed`, and the rest goes on: rotations matter more. Only another daemon that
 * listens there already is a reason not to start: throws `lease-held`.
 */
export async function listenAt(
  { control, http }: Places,
  face: Face,
  failed: (error: RotationError) => void,
): Promise<AsyncDisposable> {
  const servers: Server[] = [];
  const open = async (server: Server, bind: () => Promise<void>): Promise<void> => {
    try {
      await bind();
      // What breaks later breaks for one connection.
      server.on("error", () => undefined);
      servers.push(server);
    } catch (thrown) {
      if (thrown instanceof RotationError && thrown.code === "lease-held") throw thrown;
      failed(thrown instanceof RotationError ? thrown : cannotListen(thrown));
    }
  };
  const socket = (role: Role): Promise<void> => {
    const server = hardenedServer(controlRoutes(face, role));
    const group = role === "operator" ? control.operatorGroup : control.viewerGroup;
    return open(server, () => bindSocket(server, control[role], group));
  };
  await socket("operator");
  await socket("viewer");
  if (http !== null) {
    const server = hardenedServer(healthRoutes(face));
    await open(server, () => bindPort(server, http.host, http.port));
  }
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(servers.map(close));
    },
  };
}

function bindPort(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function cannotListen(thrown: unknown): RotationError {
  const reason = thrown instanceof Error ? thrown.message : asRotationError(thrown).message;
  return new RotationError("config-invalid", {
    kind: "rejected",
    message: `a socket cannot be opened: ${reason}`,
    hint: "See `control:` and `http:` of the configuration, and the rights of the folder.",
  });
}
