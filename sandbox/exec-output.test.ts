import { expect, test } from 'vitest'
import { ExecOutput } from './exec-output.ts'

const frame = (stream: 1 | 2, text: string | Uint8Array) => {
  const bytes = Buffer.from(text)
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([header, bytes])
}

test('the line that tells the process id is taken out, however it is cut', () => {
  const output = new ExecOutput({ timeoutMs: 1 })
  for (const piece of ['4', '2', '\nreal ', 'error\n']) output.push(frame(2, piece))
  expect(output.leader).toBe(42)
  expect(output.result().stderr.text).toBe('real error\n')
})

test('when no shell could say its process id, everything is the output of the command', () => {
  const output = new ExecOutput({ timeoutMs: 1 })
  output.push(frame(2, 'exec: no'))
  expect(output.leader).toBeNull()
  expect(output.result().stderr.text).toBe('exec: no')
})

test('a listener hears whole characters, and nothing beyond the limit', () => {
  const heard: string[] = []
  const onOutput = (_: string, text: string) => void heard.push(text)
  const output = new ExecOutput({ timeoutMs: 1, outputLimitBytes: 6, onOutput })
  const bytes = Buffer.from('aé€bcdef')
  for (const byte of bytes) output.push(frame(1, Uint8Array.of(byte)))
  expect(heard.join('')).toBe('aé€')
  expect(output.result().stdout.droppedBytes).toBeGreaterThan(0)
})
