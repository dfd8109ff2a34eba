/** What the stand-in keeps. Specs stay plain JSON, as they came, so that a client that drops a field is found out. */

/** A secret or a config. */
export interface StandInSecret {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly content: string;
  readonly index: number;
}

interface Reference {
  readonly SecretID: string;
  readonly SecretName: string;
  readonly File?: { readonly Name: string };
}

interface ConfigReference {
  readonly ConfigID: string;
  readonly ConfigName: string;
  readonly File?: { readonly Name: string };
}

export interface StandInMount {
  readonly Type: "bind" | "volume";
  readonly Source: string;
  readonly Target: string;
}

/** A container that belongs to no service. */
export interface StandInContainer {
  readonly name: string;
  readonly mounts: readonly StandInMount[];
}

export interface StandInSpec {
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly TaskTemplate: {
    readonly ContainerSpec: {
      readonly Image: string;
      readonly Secrets?: readonly Reference[];
      readonly Configs?: readonly ConfigReference[];
      readonly Mounts?: readonly StandInMount[];
    };
  };
  readonly Mode: {
    readonly Replicated?: { readonly Replicas: number };
    readonly Global?: object;
    readonly ReplicatedJob?: object;
  };
  readonly UpdateConfig?: {
    readonly Monitor?: number;
    readonly FailureAction?: "pause" | "continue" | "rollback";
  };
}

export interface UpdateStatus {
  readonly State:
    "updating" | "paused" | "completed" | "rollback_started" | "rollback_paused" | "rollback_completed";
  readonly Message: string;
}

export interface StandInService {
  readonly id: string;
  index: number;
  spec: StandInSpec;
  previous: StandInSpec | null;
  status: UpdateStatus | null;
  /** Counts the updates: a roll-out that is not the latest any more stops. */
  generation: number;
  /** Containers that were started because the template changed. */
  restarts: number;
}

export interface StandInTask {
  readonly id: string;
  readonly service: string;
  readonly slot: number;
  readonly template: StandInSpec["TaskTemplate"];
  desired: "ready" | "running" | "shutdown";
  state: "ready" | "running" | "shutdown" | "failed";
}

/** Ids of the secrets and configs that its containers mount. */
export function mountedIds({ TaskTemplate }: Pick<StandInSpec, "TaskTemplate">): readonly string[] {
  const { Secrets = [], Configs = [] } = TaskTemplate.ContainerSpec;
  return [...Secrets.map(({ SecretID }) => SecretID), ...Configs.map(({ ConfigID }) => ConfigID)];
}

/** A global service gets one task on each of the stand-in's two nodes. */
export function slotsOf(spec: StandInSpec): number {
  return spec.Mode.Replicated?.Replicas ?? 2;
}
