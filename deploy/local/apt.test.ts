import { expect, test } from 'vitest'
import { aptInstall } from './apt.ts'

test('a machine whose owner refused changes is told what to run by hand', async () => {
  const options = { install: false, environment: {}, say: () => undefined }
  await expect(aptInstall(['docker.io', 'debootstrap'], options)).rejects.toMatchObject({
    code: 'install.refused',
    message: expect.stringContaining(
      'apt-get install -y --no-install-recommends docker.io debootstrap',
    ),
  })
})
