import { access, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dropStalePidFile } from './docker-daemon.ts'
import { scratchFolder } from './scratch-folder.ts'

test('a pid file goes when its pid is in other hands, and stays when it is not', async () => {
  const file = join(await scratchFolder(), 'docker.pid')
  const said: string[] = []
  const drop = (name: string) => dropStalePidFile(file, name, (line) => said.push(line))
  await writeFile(file, `${process.ppid}\n`)
  const parent = (await readFile(`/proc/${process.ppid}/comm`, 'utf8')).trim()
  await drop(parent)
  await access(file)
  await drop('dockerd')
  await expect(access(file)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(said).toHaveLength(1)
})
