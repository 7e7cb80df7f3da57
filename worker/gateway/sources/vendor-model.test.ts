import { expect, test } from 'vitest'
import type { DialectName } from '../../../core/model-call.ts'
import { vendorModel } from './vendor-model.ts'

const paths: Readonly<Record<DialectName, string>> = {
  'anthropic-messages': '/v1/messages',
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  gemini: '/v1beta/models/m:generateContent',
}

test.each(Object.entries(paths) as [DialectName, string][])(
  'a model that speaks %s is asked where its vendor listens, with its key and what the provider adds',
  async (dialect, path) => {
    const asked: Request[] = []
    const model = await vendorModel(dialect, {
      url: 'http://provider.test',
      model: 'm',
      apiKey: 'the-key',
      name: 'provider',
      headers: { 'x-lab': 'ours' },
      fetch: async (input, init) => {
        asked.push(new Request(input, init))
        return new Response('{}', { status: 400 })
      },
    })
    const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'hi' }] }]
    await expect(model.doGenerate({ prompt })).rejects.toThrow()
    const [{ url, headers } = new Request('http://nobody.test')] = asked
    expect(url).toBe(`http://provider.test${path}`)
    expect(headers.get('x-lab')).toBe('ours')
    expect([...headers.values()].join(' ')).toContain('the-key')
  },
)
