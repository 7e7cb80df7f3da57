import type Docker from 'dockerode'
import type { Labels } from './labels.ts'
import { sandboxName } from './labels.ts'
import type { ExecOptions, SandboxOptions, SandboxVolume } from './sandbox.ts'

/** What a root user needs to manage files and users of its own container, and no more. */
const ROOT_TOOLS = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'NET_BIND_SERVICE',
]

/** Docker cannot raise it above what the daemon itself may have. */
const OPEN_FILES = 16_384
const MEBIBYTE = 1024 * 1024

export interface SpecSurroundings {
  readonly labels: Labels
  readonly network: string | null
  readonly loopback: string | null
  /** Its main process in place of waiting for commands. */
  readonly main: MainProcess | null
}

export interface MainProcess {
  readonly command: readonly string[]
  readonly options: ExecOptions
}

/**
 * A container that waits for commands, shut in: no capabilities beyond those asked for, no way to
 * gain any, no mounts of the host (volumes of ours are read-only), no logs on the host's disk, and limits on all that it can use up.
 *
 * As in Harbor the image's entry point is kept, since some tasks start their services there, and
 * its command is replaced. `Init` reaps what the agent leaves behind.
 *
 * @param network the id of a network made for it, or null for loopback alone.
 * @param loopback the container whose loopback it joins, or null to make its own.
 */
export function containerSpec(
  options: SandboxOptions,
  { labels, network, loopback, main }: SpecSurroundings,
): Docker.ContainerCreateOptions {
  const memory = options.memoryMb * MEBIBYTE
  const largestFile = options.largestFileMb * MEBIBYTE
  return {
    name: sandboxName(options.identity),
    Image: options.image,
    ...(loopback === null ? { Hostname: 'sandbox' } : {}),
    Cmd: main === null ? ['sh', '-c', 'sleep infinity'] : [...main.command],
    Env: Object.entries({ ...options.env, ...main?.options.env }).map(
      ([name, value]) => `${name}=${value}`,
    ),
    ...(main?.options.user === undefined ? {} : { User: main.options.user }),
    ...workingDir(main?.options.workdir ?? options.workdir),
    Labels: { ...labels },
    // Stopping ends it at once, with a single call that waits for the end.
    StopSignal: 'SIGKILL',
    HostConfig: {
      Init: true,
      CapDrop: ['ALL'],
      CapAdd: options.capabilities === 'root-tools' ? ROOT_TOOLS : [],
      SecurityOpt: ['no-new-privileges'],
      PidsLimit: options.pidsLimit,
      Memory: memory,
      MemorySwap: memory,
      NanoCpus: Math.round(options.cpus * 1e9),
      ShmSize: Math.floor(memory / 2),
      Ulimits: [
        { Name: 'fsize', Soft: largestFile, Hard: largestFile },
        { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      LogConfig: { Type: 'none', Config: {} },
      RestartPolicy: { Name: 'no' },
      ...mounts(options.volumes ?? []),
      ...(loopback === null ? ownNetwork(network) : joinedNetwork(loopback)),
    },
  }
}

const workingDir = (workdir: string | undefined) =>
  workdir === undefined ? {} : { WorkingDir: workdir }

function mounts(volumes: readonly SandboxVolume[]): Docker.HostConfig {
  if (volumes.length === 0) return {}
  return {
    Mounts: volumes.map(({ name, path }) => ({
      Type: 'volume',
      Source: name,
      Target: path,
      ReadOnly: true,
      // Nothing of the image goes into it, whatever the image has at that path.
      VolumeOptions: {
        NoCopy: true,
        Labels: {},
        DriverConfig: { Name: 'local', Options: {} },
      },
    })),
  }
}

function ownNetwork(network: string | null): Docker.HostConfig {
  return {
    Sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
    NetworkMode: network ?? 'none',
    // Without this Docker copies the host's resolver and its search domains into the container.
    ...(network === null ? { Dns: ['127.0.0.1'], DnsSearch: ['.'] } : {}),
  }
}

/** What Docker makes read-only by itself, which naming any path replaces. */
const READ_ONLY = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger']
/** They belong to the loopback's holder, and another sandbox will see them next. */
const SHARED_FILES = ['/etc/hosts', '/etc/hostname', '/etc/resolv.conf']

function joinedNetwork(loopback: string): Docker.HostConfig {
  return {
    NetworkMode: `container:${loopback}`,
    ReadonlyPaths: [...READ_ONLY, ...SHARED_FILES],
  }
}
