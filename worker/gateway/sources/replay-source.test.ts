import { expect, test } from 'vitest'
import { firstDifference, normaliseRequest } from './normalise-request.ts'

const runs: readonly (readonly [what: string, one: string, other: string])[] = [
  [
    'a session',
    '{"user_id":"user_8e7f6a_session_5b0e9d"}',
    '{"user_id":"user_aaa1bb_session_99999d"}',
  ],
  ['a UUID', '"a8098c1a-f86e-11da-bd1a-00112444be1e"', '"6fa459ea-ee8a-3ca4-894e-db77e160355e"'],
  ['a date', "Today's date: 2026-11-27", "Today's date: 2027-01-03"],
  ['a time', '"2026-11-27T11:33:22.000Z"', '"2026-11-28T09:00:01.123Z"'],
  ['output of date', 'Fri Nov 27 11:33:22 UTC 2026', 'Sat Nov 28 09:12:01 UTC 2026'],
  [
    'output of ls',
    '-rw-r--r-- 1 root root 4736 Nov 27 11:21 a.ts',
    '-rw-r--r-- 1 root root 4736 Dec  3 01:09 a.ts',
  ],
  ['how long', '3 passed in 0.12s, real 0m1.204s', '3 passed in 0.98s, real 0m2.001s'],
  ['a temporary path', 'wrote /tmp/tmp.Xa81/out', 'wrote /tmp/tmp.99/out'],
  ['a commit', '[main 3fa21bc] fix', '[main 99bd07e] fix'],
  ['a port', 'http://127.0.0.1:40123/v1', 'http://127.0.0.1:5012/v1'],
  ['a number of an output', 'Chunk ID: bf75df', 'Chunk ID: 000000'],
  ['a number of a process', 'Process Group PGID: 45', 'Process Group PGID: 1046'],
  [
    "Codex's words on its session, in any order",
    '"key":1,"client_metadata":{"a":"x","turn":"{\\"b\\":{\\"c\\":1}}"},"after":2',
    '"key":1,"client_metadata":{"turn":"{\\"b\\":{}}","a":"y"},"after":2',
  ],
]

for (const [what, one, other] of runs) {
  test(`${what} may differ between runs`, () => {
    expect(normaliseRequest(other)).toBe(normaliseRequest(one))
  })
}

const changes = [
  ['{"command":"ls -l"}', '{"command":"ls -a"}'],
  ['exit code 0', 'exit code 1'],
  ['"client_metadata":{"a":"x"},"after":2', '"client_metadata":{"a":"x"},"after":3'],
  ['"max_tokens":32000', '"max_tokens":16000'],
  ['/work/src/a.ts', '/work/src/b.ts'],
  ['3 passed', '2 passed'],
] as const

for (const [recorded, now] of changes) {
  test(`${now} instead of ${recorded} is a difference`, () => {
    expect(firstDifference(normaliseRequest(recorded), normaliseRequest(now))).toMatch(/^at char/)
  })
}
