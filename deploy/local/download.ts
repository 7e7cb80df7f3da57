import { createWriteStream } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { pipeline } from 'node:stream/promises'
import { Agent as HttpAgent, request as httpRequest } from '../../core/node-http.ts'
import type { Environment } from './run-command.ts'

export interface DownloadOptions {
  /** Longest wait for the first byte, and for the next one, in milliseconds. */
  readonly idleMs: number
  readonly totalMs: number
  /** Proxy settings are taken from here: `http_proxy`, `https_proxy`, `no_proxy`. */
  readonly environment: Environment
}

const MOST_REDIRECTS = 5

/** Saves what a URL answers to a file, following redirects. Throws a plain error on any trouble. */
export async function download(url: string, file: string, options: DownloadOptions): Promise<void> {
  const signal = AbortSignal.timeout(options.totalMs)
  let here = new URL(url)
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await get(here, options, signal)
    const { statusCode = 0, headers } = response
    if (statusCode === 200) return pipeline(response, createWriteStream(file), { signal })
    response.destroy()
    if (statusCode < 300 || statusCode > 399 || headers.location === undefined) {
      throw new Error(`${here.host} answered ${statusCode}`)
    }
    here = new URL(headers.location, here)
  }
  throw new Error(`${url} redirects more than ${MOST_REDIRECTS} times`)
}

function get(url: URL, options: DownloadOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const proxyEnv = { ...options.environment }
  const plain = url.protocol === 'http:'
  return new Promise((resolve, reject) => {
    const request = plain
      ? httpRequest(url, { agent: new HttpAgent({ proxyEnv }), signal })
      : httpsRequest(url, { agent: new HttpsAgent({ proxyEnv }), signal })
    request.setTimeout(options.idleMs, () => {
      request.destroy(new Error(`${url.host} sent nothing for ${options.idleMs / 1000} s`))
    })
    request.once('error', reject)
    request.once('response', resolve)
    request.end()
  })
}
