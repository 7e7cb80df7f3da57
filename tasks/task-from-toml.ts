import type { Problem } from '../core/problems.ts'
import { type EnvironmentContext, environmentFrom } from './environment-toml.ts'
import { fillHostVariables, type HostEnvironment } from './host-variables.ts'
import { RESOURCE_CLASSES, type ResourceClass, resourceClassOf } from './resource-class.ts'
import type { Task, TaskEnvironment, TaskVerifier, VerifierEnvironment } from './task.ts'
import { NEWEST_SCHEMA_VERSION, type TaskToml } from './task-toml.ts'
import { withoutUndefined } from './without-undefined.ts'

/** The part of a task that its task.toml says, defaults filled in. */
export type ConfiguredTask = Pick<
  Task,
  | 'description'
  | 'schemaVersion'
  | 'resourceClass'
  | 'environment'
  | 'agent'
  | 'verifier'
  | 'artifacts'
  | 'metadata'
> & { readonly solutionEnv: Task['solution']['env'] }

export interface ConfigureOptions {
  readonly hostEnvironment: HostEnvironment
  /** Whether `tests/Dockerfile` exists. */
  readonly testsDockerfile: boolean
}

/** @returns the configured task, or why no slot of the farm holds it. */
export function configureTask(
  toml: TaskToml,
  { hostEnvironment, testsDockerfile }: ConfigureOptions,
): ConfiguredTask | readonly Problem[] {
  const schemaVersion = toml.schema_version ?? toml.version ?? NEWEST_SCHEMA_VERSION
  const context = { schemaVersion, hostEnvironment }
  const environment = environmentFrom(toml.environment, context)
  const verifier = verifierFrom(toml, environment, { ...context, testsDockerfile })

  const resourceClass = resourceClassOf(environment)
  const problems = [
    ...tooLarge(resourceClass, environment, 'environment'),
    ...(verifier.environment === undefined
      ? []
      : tooLarge(
          resourceClassOf(verifier.environment),
          verifier.environment,
          'verifier.environment',
        )),
  ]
  if (resourceClass === null || problems.length > 0) return problems
  return {
    description: toml.task?.description ?? '',
    schemaVersion,
    resourceClass,
    environment,
    agent: {
      timeoutMs: toml.agent.timeout_sec ?? null,
      ...withoutUndefined({ user: toml.agent.user }),
      networkMode: toml.agent.network_mode ?? environment.networkMode,
    },
    verifier,
    artifacts: toml.artifacts.map(({ source, destination, exclude }) => ({
      source,
      ...withoutUndefined({ destination }),
      exclude,
      service: 'main',
    })),
    metadata: metadataFrom(toml.metadata),
    solutionEnv: fillHostVariables(toml.solution.env, hostEnvironment),
  }
}

function verifierFrom(
  toml: TaskToml,
  agentEnvironment: TaskEnvironment,
  context: EnvironmentContext & { readonly testsDockerfile: boolean },
): TaskVerifier {
  const { verifier } = toml
  const separate = verifier.environment_mode === 'separate' || verifier.environment !== undefined
  const environment = separate ? separateFrom(toml, agentEnvironment, context) : undefined
  return {
    timeoutMs: verifier.timeout_sec,
    ...withoutUndefined({ user: verifier.user, environment }),
    env: fillHostVariables(verifier.env, context.hostEnvironment),
    environmentMode: separate ? 'separate' : 'shared',
    collect: verifier.collect.map(({ command, timeout_sec: timeoutMs = 60_000, user }) => ({
      command,
      timeoutMs,
      ...withoutUndefined({ user }),
    })),
    networkMode: verifier.network_mode ?? (environment ?? agentEnvironment).networkMode,
  }
}

/** Settings come from `[verifier.environment]`, or else from the agent's; so does the image. */
function separateFrom(
  toml: TaskToml,
  agentEnvironment: TaskEnvironment,
  context: EnvironmentContext & { readonly testsDockerfile: boolean },
): VerifierEnvironment {
  const own = toml.verifier.environment
  const settings = own === undefined ? agentEnvironment : environmentFrom(own, context)
  if (own?.docker_image !== undefined) return { ...settings, from: 'image', uploadTests: false }
  const { dockerImage: _, ...withoutImage } = settings
  if (context.testsDockerfile) {
    return { ...withoutImage, kind: 'build', from: 'tests', uploadTests: false }
  }
  const { kind, dockerImage } = agentEnvironment
  const image = withoutUndefined({ dockerImage })
  return { ...withoutImage, kind, ...image, from: 'agent', uploadTests: true }
}

function metadataFrom(raw: TaskToml['metadata']): Task['metadata'] {
  const text = (key: string) => (typeof raw[key] === 'string' ? raw[key] : undefined)
  const tags = Array.isArray(raw.tags) ? raw.tags.filter((tag) => typeof tag === 'string') : []
  return {
    ...withoutUndefined({ category: text('category'), difficulty: text('difficulty') }),
    tags,
    raw: JSON.parse(JSON.stringify(raw)),
  }
}

function tooLarge(
  fits: ResourceClass | null,
  { cpus, memoryMb }: TaskEnvironment,
  path: string,
): Problem[] {
  if (fits !== null) return []
  const { xlarge } = RESOURCE_CLASSES
  const largest = `${xlarge.cpus} CPUs and ${xlarge.memoryMb} MB`
  const remedy = `asks for ${cpus} CPUs and ${memoryMb} MB; the largest slot has ${largest}`
  return [{ path, remedy }]
}
