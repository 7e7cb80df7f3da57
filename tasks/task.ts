import type { Digest } from '../core/ids.ts'
import type { Problem } from '../core/problems.ts'
import type { ResourceClass } from './resource-class.ts'

export type NetworkMode = 'public' | 'no-network' | 'allowlist'

/** What a task does not say about its resources is filled in from here; see `RESOURCE_DEFAULTS`. */
export type DefaultsSource = 'harbor-1.0' | 'farm'

export interface Healthcheck {
  readonly command: string
  readonly intervalMs: number
  readonly timeoutMs: number
  readonly startPeriodMs: number
  readonly startIntervalMs: number
  readonly retries: number
}

/** A server of tools for the agent. Names are unique in a task. */
export type McpServer =
  /** A program that is started in the sandbox and spoken to over its stdin and stdout. */
  | {
      readonly name: string
      readonly transport: 'stdio'
      readonly command: string
      readonly args: readonly string[]
    }
  /** Runs in the sandbox already, on its loopback. */
  | {
      readonly name: string
      readonly transport: 'sse' | 'streamable-http'
      readonly url: string
    }

/** Where the agent works. */
export interface TaskEnvironment {
  /** `build`: from a Dockerfile; `prebuilt`: `dockerImage` as it is. */
  readonly kind: 'build' | 'prebuilt'
  readonly dockerImage?: string
  /** Covers the whole start: build or fetch, boot, health check. */
  readonly buildTimeoutMs: number
  readonly cpus: number
  readonly memoryMb: number
  readonly storageMb: number
  /** Which of the three above the task did not give, and whose numbers they are instead. */
  readonly defaultsApplied: readonly ('cpus' | 'memoryMb' | 'storageMb')[]
  readonly defaultsFrom: DefaultsSource
  readonly networkMode: NetworkMode
  readonly allowedHosts: readonly string[]
  /** Values from the host are filled in. May hold secrets: not for logs, nor for workflow inputs. */
  readonly env: Readonly<Record<string, string>>
  /** Absent: the working directory of the image. */
  readonly workdir?: string
  readonly healthcheck?: Healthcheck
  readonly mcpServers: readonly McpServer[]
  readonly skillsDir?: string
  /** Always 0 for a task that loads: the farm has no GPUs and refuses tasks that ask for one. */
  readonly gpus: number
}

/** The container of a verifier that does not share the agent's. */
export interface VerifierEnvironment extends TaskEnvironment {
  /**
   * `tests`: build `tests/` with its Dockerfile. `image`: `dockerImage`. `agent`: a fresh copy of
   * the agent's image, without what the agent did to its container.
   */
  readonly from: 'tests' | 'image' | 'agent'
  /** Whether `tests/` has to be copied to `/tests`; an image of the verifier's own has them. */
  readonly uploadTests: boolean
}

/** A command run in the agent's container after the agent ended, before artifacts are taken. */
export interface CollectHook {
  readonly command: string
  readonly timeoutMs: number
  readonly user?: string
}

export interface TaskVerifier {
  readonly timeoutMs: number
  readonly user?: string
  readonly env: Readonly<Record<string, string>>
  /** `shared`: judges in the agent's container. `separate`: only artifacts cross over. */
  readonly environmentMode: 'shared' | 'separate'
  /** Present exactly when `environmentMode` is `separate`. */
  readonly environment?: VerifierEnvironment
  readonly collect: readonly CollectHook[]
  /** In force while the verifier runs: its own, or else its environment's. */
  readonly networkMode: NetworkMode
}

export interface Artifact {
  /** A path in the agent's container; relative ones start at its working directory. */
  readonly source: string
  /** Below the folder of the trial's artifacts; absent: where `source` says. */
  readonly destination?: string
  /** Patterns as `tar --exclude` reads them. */
  readonly exclude: readonly string[]
  readonly service: 'main'
}

/** One task, checked and with its defaults filled in. Plain data: it survives JSON. */
export interface Task {
  /** `[task].name`, or else the name of its folder; unique in a suite. */
  readonly name: string
  readonly description: string
  /** Its folder on this machine; says nothing about identity. */
  readonly dir: string
  /** Of everything that decides behaviour; see `taskDigest`. */
  readonly digest: Digest
  /** Of what the image is made from; equal for tasks that can share an image. */
  readonly environmentDigest: Digest
  readonly schemaVersion: string
  /** What the agent is told, without leading canary lines. */
  readonly instruction: string
  readonly resourceClass: ResourceClass
  readonly environment: TaskEnvironment
  readonly agent: {
    /** Null: no limit of the task's own. */
    readonly timeoutMs: number | null
    readonly user?: string
    /** In force while the agent runs: its own, or else the environment's. */
    readonly networkMode: NetworkMode
  }
  readonly verifier: TaskVerifier
  readonly solution: {
    readonly env: Readonly<Record<string, string>>
    /** Whether there is a `solution/solve.sh` that the oracle can run. */
    readonly present: boolean
  }
  /** Folders of `variants/`, each with a `solve.sh`: other known ways to work on the task. */
  readonly variants: readonly string[]
  readonly artifacts: readonly Artifact[]
  readonly metadata: {
    readonly category?: string
    readonly difficulty?: string
    readonly tags: readonly string[]
    /** The whole `[metadata]` table. */
    readonly raw: Readonly<Record<string, unknown>>
  }
  /** What the task says that has no effect here, by name. */
  readonly warnings: readonly Problem[]
}
