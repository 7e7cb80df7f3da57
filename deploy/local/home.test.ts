import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HOME_FORMAT, homeLayout, openHome } from './home.ts'
import { scratchFolder } from './scratch-folder.ts'

test('a folder of a later release is refused and left alone', async () => {
  const folder = await scratchFolder()
  await writeFile(join(folder, 'format.json'), JSON.stringify({ format: HOME_FORMAT + 1 }))
  await expect(openHome(folder)).rejects.toMatchObject({ code: 'stack.folder-newer' })
})

test('a folder can be opened again and again', async () => {
  const folder = join(await scratchFolder(), 'deep', 'home')
  expect(await openHome(folder)).toEqual(await openHome(folder))
})

test('the control socket of the deepest folder still fits into a socket address', () => {
  const deep = homeLayout(`/${'folder/'.repeat(40)}`)
  const deeper = homeLayout(`/${'folder/'.repeat(41)}`)
  expect(Buffer.byteLength(deep.socket)).toBeLessThanOrEqual(107)
  expect(deep.socket).not.toBe(deeper.socket)
})
