import { expect, test } from 'vitest'
import { isUntouched, systemChanges } from './system-changes.ts'

const CHANGED = 0
const ADDED = 1
const REMOVED = 2
const change = (Kind: number, Path: string) => ({ Path, Kind })

test('what our own set-up leaves in a container does not count as a change', () => {
  const ours = [change(ADDED, '/logs'), change(ADDED, '/logs/agent'), change(CHANGED, '/usr')]
  expect(isUntouched([...ours, change(ADDED, '/usr/sbin/docker-init')])).toBe(true)
  expect(isUntouched([...ours, change(ADDED, '/logs/agent/notes.txt')])).toBe(false)
})

test.each([
  change(CHANGED, '/usr/bin/python3'),
  change(REMOVED, '/bin/bash'),
  change(CHANGED, '/usr/lib/x86_64-linux-gnu/libc.so.6'),
  change(ADDED, '/etc/ld.so.preload'),
  change(ADDED, '/usr/local/bin/curl'),
  change(ADDED, '/usr/lib/python3/dist-packages/sitecustomize.py'),
  change(CHANGED, '/root/.bashrc'),
])('$Path is named to the reader of a score', (found) => {
  expect(systemChanges([found]).named).toHaveLength(1)
})

test('installing packages and working in the home folder is nobody’s business', () => {
  const honest = ['/usr/bin/htop', '/usr/lib/x86_64-linux-gnu/libfoo.so.1', '/root/work/a.py']
  const found = systemChanges([
    ...honest.map((path) => change(ADDED, path)),
    change(CHANGED, '/usr/bin'),
    change(CHANGED, '/var/lib/dpkg/status'),
  ])
  expect(found).toEqual({ named: [], more: 0 })
})

test('many changes are named in part and counted in full', () => {
  const many = Array.from({ length: 100 }, (_, n) => change(CHANGED, `/usr/bin/tool-${n}`))
  const { named, more } = systemChanges(many)
  expect(named.length + more).toBe(100)
})

test('folders made for what is mounted are no change; what stands in them or is removed is', () => {
  const mounts = ['/.sbench/agents/tool', '/.sbench/runner']
  const made = ['/.sbench', '/.sbench/agents', '/.sbench/agents/tool', '/.sbench/runner'].map(
    (Path) => ({ Path, Kind: 1 }),
  )
  expect(isUntouched(made, mounts)).toBe(true)
  expect(isUntouched(made)).toBe(false)
  expect(isUntouched([...made, { Path: '/.sbench/agents/x', Kind: 1 }], mounts)).toBe(false)
  expect(isUntouched([{ Path: '/.sbench', Kind: 2 }], mounts)).toBe(false)
})
