import { expect, test } from 'vitest'
import { containerSpec } from './container-spec.ts'
import { sandboxOptions } from './sandbox-fixture.ts'

const closed = containerSpec(sandboxOptions(), {
  labels: {},
  network: null,
  loopback: null,
  main: null,
})

test('a sandbox has no capabilities, no way to gain any, and no mounts of the host', () => {
  expect(closed.HostConfig).toMatchObject({
    CapDrop: ['ALL'],
    CapAdd: [],
    SecurityOpt: ['no-new-privileges'],
    NetworkMode: 'none',
    Init: true,
  })
  expect(closed.HostConfig?.Binds ?? closed.HostConfig?.Mounts ?? closed.Volumes).toBeUndefined()
  expect(closed.HostConfig?.Privileged).toBeUndefined()
})

test('all that it can use up is limited, and swap does not widen memory', () => {
  const { Memory, MemorySwap, PidsLimit, NanoCpus } = closed.HostConfig ?? {}
  expect({ Memory, MemorySwap, PidsLimit, NanoCpus }).toEqual({
    Memory: 256 * 1024 * 1024,
    MemorySwap: 256 * 1024 * 1024,
    PidsLimit: 64,
    NanoCpus: 1e9,
  })
})

test("root's tools bring no capability over the kernel, the network or other containers", () => {
  const options = sandboxOptions({ capabilities: 'root-tools' })
  const { CapAdd } =
    containerSpec(options, { labels: {}, network: null, loopback: null, main: null }).HostConfig ??
    {}
  for (const capability of ['SYS_ADMIN', 'NET_ADMIN', 'NET_RAW', 'SYS_PTRACE', 'MKNOD']) {
    expect(CapAdd).not.toContain(capability)
  }
})

test("the image's entry point stays, as in Harbor", () => {
  expect(closed.Entrypoint).toBeUndefined()
})

test('volumes of ours are mounted read-only, and nothing of the image gets into them', () => {
  const volumes = [{ name: 'sbench-tool-1', path: '/.sbench/agents/tool' }]
  const spec = containerSpec(sandboxOptions({ volumes }), {
    labels: {},
    network: null,
    loopback: null,
    main: null,
  })
  expect(spec.HostConfig?.Mounts).toMatchObject([
    {
      Type: 'volume',
      Source: 'sbench-tool-1',
      Target: '/.sbench/agents/tool',
      ReadOnly: true,
      VolumeOptions: { NoCopy: true },
    },
  ])
})
