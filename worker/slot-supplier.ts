import type { ActivitySlotInfo, CustomSlotSupplier, SlotPermit } from '@temporalio/worker'
import type { ResourceClass } from '../tasks/resource-class.ts'
import type { Capacity, PollHold } from './capacity.ts'

/**
 * Lets a Temporal worker poll a class's queue only while the node has room for a trial of it.
 *
 * @see https://docs.temporal.io/develop/worker-performance on slot suppliers
 */
export function slotSupplier(
  capacity: Capacity,
  resourceClass: ResourceClass,
): CustomSlotSupplier<ActivitySlotInfo> {
  const holds = new WeakMap<SlotPermit, PollHold>()
  const permitFor = (hold: PollHold): SlotPermit => {
    const permit = {}
    holds.set(permit, hold)
    return permit
  }
  return {
    type: 'custom',
    async reserveSlot(_context, signal) {
      return permitFor(await capacity.reserve(resourceClass, signal))
    },
    tryReserveSlot() {
      const hold = capacity.tryReserve(resourceClass)
      return hold === null ? null : permitFor(hold)
    },
    markSlotUsed({ permit }) {
      holds.get(permit)?.use()
    },
    releaseSlot({ permit }) {
      holds.get(permit)?.release()
    },
  }
}
