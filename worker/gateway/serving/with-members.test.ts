import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../dialects/dialect.ts'
import { withMembers } from './with-members.ts'

const written = (json: string | Buffer, members: JsonObject) =>
  Buffer.concat(withMembers(Buffer.from(json), members)).toString('utf8')

const names = fc.constantFrom('model', 'stream', 'messages', 'größe', '')
const object = fc.dictionary(fc.oneof(names, fc.string({ unit: 'binary' })), fc.jsonValue())

test('whatever an object holds, it is the same but for the members that are put in', () => {
  fc.assert(
    fc.property(object, object, fc.constantFrom(undefined, 1, '\t'), (body, members, pad) => {
      const json = JSON.stringify(body, null, pad)
      expect(JSON.parse(written(json, members))).toEqual(
        JSON.parse(JSON.stringify({ ...body, ...members })),
      )
    }),
  )
})

test('bytes that no member is put in for are those that came, and are not copied', () => {
  const text = '{ "a" : 1.0,"model":"mine" , "b":[ "\\u0041}\\"" ,{}],"n":1e2 }'
  const json = Buffer.allocUnsafeSlow(text.length)
  json.write(text)
  const pieces = withMembers(json, { model: 'theirs', max: 5 })
  expect(Buffer.concat(pieces).toString()).toBe(
    '{ "a" : 1.0,"model":"theirs" , "b":[ "\\u0041}\\"" ,{}],"n":1e2 ,"max":5}',
  )
  const own = pieces.filter(({ buffer }) => buffer === json.buffer)
  expect(own.reduce((sum, { length }) => sum + length, 0)).toBe(json.length - '"mine"'.length)
  expect(written('{}', { model: 'theirs' })).toBe('{"model":"theirs"}')
  expect(written('', { model: 'theirs' })).toBe('{"model":"theirs"}')
})

/** A provider that takes the first of two, or knows no escapes, must not see another model than we did. */
test.each([
  ['twice', '{"model":"dear","model":"cheap","x":1}'],
  ['twice, once with escapes', '{"mod\\u0065l":"dear","model":"cheap","x":1}'],
  ['with escapes', '{"mod\\u0065l":"cheap","x":1}'],
])('a member that stands there %s is written once', (_, json) => {
  const text = written(json, { model: 'real' })
  expect(text.match(/"mod/g)).toHaveLength(1)
  expect(JSON.parse(text)).toEqual({ model: 'real', x: 1 })
})

test('what is no UTF-8 is sent on as it was read', () => {
  const json = Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xff), Buffer.from('"}')])
  expect(written(json, { b: 1 })).toBe('{"a":"\ufffd","b":1}')
})
