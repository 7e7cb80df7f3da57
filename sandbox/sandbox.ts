import type { Readable } from 'node:stream'
import type { SweepId, TrialId } from '../core/ids.ts'
import type { CommandRunner } from './running-command.ts'

/** Whose sandbox it is: in the name and the labels of everything that is made for it. */
export interface SandboxIdentity {
  readonly sweep: SweepId
  readonly trial: TrialId
  readonly attempt: number
  readonly node: string
  /** The worker process's start, so that what an earlier process left can be told apart. */
  readonly boot: string
  /** `agent` or `verifier`: the two sandboxes of one attempt. */
  readonly role: 'agent' | 'verifier'
}

export interface SandboxOptions {
  readonly identity: SandboxIdentity
  /** Image id or name, present in the daemon. */
  readonly image: string
  readonly cpus: number
  readonly memoryMb: number
  /**
   * No file may be larger, holes included: a snapshot reads a file of holes in full, however little
   * of the disk it takes.
   */
  readonly largestFileMb: number
  /** Processes and threads at most. */
  readonly pidsLimit: number
  readonly network: 'none' | 'public'
  /**
   * With network `none`: may use a loopback that other sandboxes used before it, which is quicker.
   * /etc/hosts, /etc/hostname and /etc/resolv.conf are then read-only, so not for root agents.
   */
  readonly reuseLoopback?: boolean
  readonly env: Readonly<Record<string, string>>
  /** Working folder of commands; the image's when absent. */
  readonly workdir?: string
  /**
   * `none` drops every capability; `root-tools` keeps what a root user needs to manage files and
   * users inside the container (chown, setuid and the like), for verifiers and root agents.
   */
  readonly capabilities: 'none' | 'root-tools'
  /** When the reaper may remove it, whoever lives. */
  readonly leaseMs: number
  /** A tar unpacked at `/` as root before anything runs in it; saves a call of its own. */
  readonly files?: Readable | Uint8Array
  /** Whether its commands may be started by the runner, which is one more mount; by default in agents' sandboxes. */
  readonly runner?: boolean
  /** Volumes of ours that it sees read-only, such as an installed agent. */
  readonly volumes?: readonly SandboxVolume[]
  /**
   * A Unix socket of this machine that answers on the sandbox's loopback, at this port. A relay
   * container of ours in the same network namespace passes connections on: the sandbox itself has no
   * mount, no route and no socket file.
   */
  readonly relay?: { readonly socketPath: string; readonly port: number }
}

export interface SandboxVolume {
  /** Of the Docker daemon. */
  readonly name: string
  /** Absolute, in the sandbox. */
  readonly path: string
}

export interface ExecOptions {
  /** Name or uid; the image's user when absent. */
  readonly user?: string
  readonly workdir?: string
  readonly env?: Readonly<Record<string, string>>
  /**
   * Then the command's process group is killed: what it started and did not put into a session of
   * its own. The whole container is killed if that does not end it.
   */
  readonly timeoutMs: number
  /** Bytes kept of each stream: half from the start, half from the end. */
  readonly outputLimitBytes?: number
  readonly signal?: AbortSignal
  /** Told of each piece of output as it comes, up to the limit. */
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void
}

export interface CappedText {
  readonly text: string
  /** Bytes left out of the middle, where the text has a line that says so. */
  readonly droppedBytes: number
}

export interface ExecResult {
  /** Null when it timed out or was aborted. */
  readonly exitCode: number | null
  readonly timedOut: boolean
  readonly stdout: CappedText
  readonly stderr: CappedText
  readonly durationMs: number
  /** The kernel killed a process of the sandbox for want of memory meanwhile. */
  readonly outOfMemory: boolean
}

export interface SandboxUse {
  readonly peakMemoryBytes: number
  readonly cpuMs: number
  readonly outOfMemory: boolean
}

/**
 * Asked about each regular file before it is read, with its path below what is read (empty for that
 * itself).
 */
export type LeaveOut = (below: string, bytes: number) => boolean

export interface ArchiveLimits {
  /** Of the tar: more fails as `sandbox.archive-too-large`. */
  readonly maxBytes: number
  /** By default nothing is left out. */
  readonly leaveOut?: LeaveOut
}

/**
 * The container of one attempt, alone on loopback. Disposing removes it with all it made.
 * All calls have a time limit of their own and fail as `sandbox.lost` when the container is gone.
 */
export interface Sandbox extends AsyncDisposable {
  /** The container's id. */
  readonly id: string
  exec(command: readonly string[], options: ExecOptions): Promise<ExecResult>
  /** The one way to start many commands; made when first asked for. */
  runner(): Promise<CommandRunner>
  /** Unpacks a tar at an absolute path that exists. */
  putArchive(path: string, tar: Readable | Uint8Array): Promise<void>
  /** A path as a tar; null when there is no such path. */
  getArchive(path: string, limits: ArchiveLimits): Promise<Uint8Array | null>
  /** Ends every process in it, at once; files stay for {@link Sandbox.snapshot}. */
  stop(): Promise<void>
  /** Up to now, or up to {@link Sandbox.stop}. */
  use(): Promise<SandboxUse>
  /**
   * Stops it and keeps its files as an image; the image's id. A sandbox that nobody changed has
   * the id of the image it was started from.
   */
  snapshot(): Promise<string>
  /** After {@link Sandbox.snapshot}: whether there is something below a folder that its image has not. */
  wroteBelow(folder: string): boolean
}

/** What an image says of itself. */
export interface ImageFacts {
  readonly id: string
  readonly hasEntrypoint: boolean
  /** Name or uid that commands run as; empty for root. */
  readonly user: string
  /** Absolute. */
  readonly workdir: string
  readonly labels: Readonly<Record<string, string>>
}

/** The files of an image, without running anything in it. */
export interface ImageFiles extends AsyncDisposable {
  /** See {@link Sandbox.getArchive}. */
  getArchive(path: string, limits: ArchiveLimits): Promise<Uint8Array | null>
}

export interface OpenFilesOptions {
  readonly identity: SandboxIdentity
  readonly leaseMs: number
}

/** A Docker daemon that makes sandboxes. One a process. */
export interface SandboxHost extends AsyncDisposable {
  /**
   * @throws Failure `image.not-found`; `sandbox.start-failed` for anything else that Docker says,
   *   also when this attempt already has a sandbox of this role.
   */
  start(options: SandboxOptions): Promise<Sandbox>
  /**
   * Runs one command in a sandbox of its own, as its main process where the image has no entry
   * point: half of what {@link start} and {@link Sandbox.exec} cost. The sandbox has ended then, by
   * itself or by the time limit; its files can still be read.
   */
  runToEnd(
    options: SandboxOptions,
    command: readonly string[],
    exec: ExecOptions,
  ): Promise<{ readonly sandbox: Sandbox; readonly result: ExecResult }>
  /**
   * The running sandbox that an earlier process of this node started; null when it is gone.
   * `options` as they were, but for `files`.
   */
  adopt(options: SandboxOptions): Promise<Sandbox | null>
  /** @throws Failure `image.not-found`. */
  inspectImage(image: string): Promise<ImageFacts>
  /** @throws Failure `image.not-found`. */
  openFiles(image: string, options: OpenFilesOptions): Promise<ImageFiles>
  /** Removes an image made by {@link Sandbox.snapshot}; nothing happens when it is gone. */
  removeSnapshot(image: string): Promise<void>
}
