import type Docker from 'dockerode'
import { z } from 'zod'
import { digestOf } from '../core/ids.ts'
import { withoutCaHistory } from './build-ca.ts'
import { dockerCall, statusOf, TIME_LIMITS } from './docker-call.ts'
import { archiveWithoutLayers } from './image-archive.ts'

const imageConfig = z.looseObject({
  config: z.looseObject({}),
  rootfs: z.looseObject({ diff_ids: z.array(z.string()) }),
  history: z.array(z.looseObject({ created_by: z.string().optional() })).default([]),
})

/** Docker's JSON of an image without what a build with certificates left in it; the layers stay. */
export function cleanConfig(bytes: Uint8Array): { bytes: Uint8Array; layers: number } {
  const parsed = imageConfig.parse(JSON.parse(Buffer.from(bytes).toString()))
  // The last step as it was run, and the images of earlier steps: only the builder's cache reads them.
  const { container: _, container_config: __, parent: ___, ...image } = parsed
  const { Image: ____, ...config } = image.config
  const clean = { ...image, config, history: withoutCaHistory(image.history) }
  return { bytes: Buffer.from(JSON.stringify(clean)), layers: image.rootfs.diff_ids.length }
}

const line = z.object({ error: z.string().optional() })

/**
 * Gives an image that was built with certificates its name, and a history without them. No layer is
 * copied: images with equal steps go on sharing them.
 *
 * A daemon that wants the layers nevertheless (one that keeps images in containerd) gets the draft
 * under that name: its history then has the build arguments that name a path, and nothing else.
 *
 * @param draft the image's id, and its JSON as Docker keeps it.
 */
export async function publishImage(
  docker: Docker,
  draft: { readonly id: string; readonly config: Uint8Array },
  tag: string,
): Promise<void> {
  const { bytes, layers } = cleanConfig(draft.config)
  const digest = digestOf(bytes)
  const archive = archiveWithoutLayers({ bytes, digest, layers }, tag)
  if (await load(docker, archive)) {
    const { Id } = await ask('tell of an image', () => docker.getImage(tag).inspect())
    if (Id === digest) return
  }
  const [repo, version = 'latest'] = tag.split(':')
  await ask('name an image', () =>
    docker.getImage(draft.id).tag({ repo: repo ?? tag, tag: version }),
  )
}

async function load(docker: Docker, archive: NodeJS.ReadableStream): Promise<boolean> {
  try {
    const stream = await ask('load an image', () => docker.loadImage(archive, { quiet: true }))
    let text = ''
    for await (const chunk of stream) text += String(chunk)
    const lines = text.split('\n').filter((one) => one.trim() !== '')
    return lines.every((one) => line.parse(JSON.parse(one)).error === undefined)
  } catch (error) {
    if (statusOf(error) === null) throw error
    return false
  }
}

function ask<Answer>(what: string, call: () => Promise<Answer>): Promise<Answer> {
  return dockerCall(what, TIME_LIMITS.changeMs, call)
}
