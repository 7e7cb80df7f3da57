import type { Log } from '../core/log.ts'
import type { Counter, Histogram } from '../core/metrics.ts'
import type { ModelsConfig } from '../models/config.ts'
import type { DockerHost } from '../sandbox/docker-host.ts'
import type { ImageBuilds } from '../sandbox/image-builds.ts'
import type { Installations } from '../sandbox/installations.ts'
import type { Answers } from './answers.ts'
import type { ArtifactKeeping } from './artifacts/keep-artifacts.ts'
import type { Capacity } from './capacity.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { DiscardedSnapshots } from './discarded-snapshots.ts'
import type { DockerWatch } from './docker-watch.ts'
import type { ModelGateway } from './gateway/model-gateway.ts'
import type { Journal } from './journal.ts'
import type { McpGateway } from './mcp/mcp-gateway.ts'
import type { Presence } from './presence.ts'
import type { Recordings } from './recordings.ts'
import type { TaskCache } from './task-cache.ts'
import type { Shipper } from './trajectory/shipper.ts'
import type { Spool } from './trajectory/spool.ts'

/** What the activities of one worker process share; put together in `main.ts`. */
export interface Node {
  readonly id: string
  readonly boot: string
  readonly host: DockerHost
  readonly images: ImageBuilds
  readonly tasks: TaskCache
  readonly installations: Installations
  readonly models: ModelsConfig
  readonly gateway: ModelGateway
  readonly mcp: McpGateway
  readonly recordings: Recordings
  readonly artifacts: ArtifactKeeping
  readonly capacity: Capacity
  readonly journal: Journal
  readonly answers: Answers
  readonly checkpoints: Checkpoints
  readonly presence: Presence
  readonly docker: DockerWatch
  readonly discarded: DiscardedSnapshots
  readonly spool: Spool
  readonly shipper: Shipper
  readonly log: Log
  readonly ended: Counter<'activity' | 'outcome'>
  readonly phaseSeconds: Histogram<'phase'>
}
