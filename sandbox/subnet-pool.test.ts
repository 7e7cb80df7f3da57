import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SubnetPool } from './subnet-pool.ts'

test('subnets in use never overlap and all lie in the block, whatever is given back meanwhile', () => {
  const steps = fc.array(fc.oneof(fc.constant('take'), fc.nat({ max: 20 })), { maxLength: 200 })
  fc.assert(
    fc.property(
      steps,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (plan, start) => {
        const pool = new SubnetPool('10.9.4.0/24', start)
        const used: string[] = []
        for (const step of plan) {
          if (typeof step === 'number') {
            const [gone] = used.splice(step % Math.max(1, used.length), 1)
            if (gone !== undefined) pool.giveBack(gone)
          } else if (used.length < pool.size) {
            used.push(pool.take())
          }
          expect(new Set(used).size).toBe(used.length)
          for (const subnet of used) expect(subnet).toMatch(/^10\.9\.4\.\d+\/29$/)
          for (const subnet of used) expect(Number(/\.(\d+)\//.exec(subnet)?.[1]) % 8).toBe(0)
        }
      },
    ),
  )
})

test('a block that is used up says so', () => {
  const pool = new SubnetPool('10.9.4.0/28')
  expect([pool.take(), pool.take()]).toEqual(['10.9.4.0/29', '10.9.4.8/29'])
  expect(() => pool.take()).toThrow('in use')
})

test.each(['8.8.8.0/24', '10.0.0.0/4', '10.0.0.1/16', '10.0.0.0/30', '10.300.0.0/16', 'x'])(
  '%s is no block for sandboxes',
  (block) => {
    expect(() => new SubnetPool(block)).toThrow('private IPv4 block')
  },
)
