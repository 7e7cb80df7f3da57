import { type BlobStore, getJson } from '../core/blobs.ts'
import type { CoordinatorActivities } from './contract/activities.ts'
import { trialsBetween } from './contract/plan.ts'
import type { Manifest } from './contract/sweep.ts'
import type { Fleet } from './fleet.ts'

export function coordinatorActivities(blobs: BlobStore, fleet: Fleet): CoordinatorActivities {
  return {
    async planShard({ manifest, from, to }) {
      return trialsBetween(await getJson<Manifest>(blobs, manifest), from, to)
    },
    async countFleetSlots() {
      return fleet.slots
    },
  }
}
