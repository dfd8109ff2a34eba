/**
 * What keyturn reads of the Docker Engine API (1.41, docs.docker.com/reference/api/engine/version/v1.41).
 * A service's spec goes back to the engine whole, so everything that is not named here is carried along untouched.
 */

export interface SecretReference {
  readonly SecretID: string;
  readonly SecretName: string;
  readonly File?: {
    readonly Name: string;
    readonly UID: string;
    readonly GID: string;
    readonly Mode: number;
  };
}

export interface ConfigReference {
  readonly ConfigID: string;
  readonly ConfigName: string;
  /** Not there for one that the runtime reads instead of the container. */
  readonly File?: SecretReference["File"];
}

/** A Docker secret or a Docker config. */
export interface SwarmObject {
  readonly ID: string;
  readonly Spec: { readonly Name: string; readonly Labels?: Readonly<Record<string, string>> | null };
}

export interface TaskSpec {
  readonly ForceUpdate?: number;
  readonly ContainerSpec?: {
    /** `NAME=value` */
    readonly Env?: readonly string[] | null;
    readonly Secrets?: readonly SecretReference[] | null;
    readonly Configs?: readonly ConfigReference[] | null;
    readonly Mounts?: readonly Mount[] | null;
  };
  readonly Placement?: { readonly Constraints?: readonly string[] | null };
  /** `Delay` in nanoseconds; 5 s where it is not there. */
  readonly RestartPolicy?: { readonly Delay?: number };
}

/** `Source` is a path on the engine's host when `Type` is `bind`. */
export interface Mount {
  readonly Type: string;
  readonly Source?: string;
}

export type UpdateAction = "pause" | "continue" | "rollback";

/** Times in nanoseconds. `Parallelism` 0 is all at once. */
export interface UpdateConfig {
  readonly Parallelism?: number;
  readonly Delay?: number;
  readonly Monitor?: number;
  readonly MaxFailureRatio?: number;
  readonly Order?: "stop-first" | "start-first";
  readonly FailureAction?: UpdateAction;
}

export interface ServiceSpec {
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly TaskTemplate: TaskSpec;
  readonly Mode?: {
    readonly Replicated?: { readonly Replicas?: number };
    readonly Global?: object;
    readonly ReplicatedJob?: object;
    readonly GlobalJob?: object;
  };
  readonly UpdateConfig?: UpdateConfig;
}

export type UpdateState =
  "updating" | "paused" | "completed" | "rollback_started" | "rollback_paused" | "rollback_completed";

export interface Service {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: ServiceSpec;
  readonly PreviousSpec?: ServiceSpec | null;
  /** Not there when the spec was never changed, or was last "changed" to what it was. */
  readonly UpdateStatus?: { readonly State?: UpdateState; readonly Message?: string } | null;
}

export interface Task {
  readonly ID: string;
  readonly ServiceID: string;
  readonly NodeID?: string;
  readonly DesiredState: string;
  readonly Spec: TaskSpec;
  readonly Status: {
    readonly State: string;
    readonly Err?: string;
    readonly ContainerStatus?: { readonly ContainerID?: string } | null;
  };
}

export interface Node {
  readonly ID: string;
  readonly Description?: { readonly Hostname?: string };
  readonly Status?: { readonly State?: string };
}
