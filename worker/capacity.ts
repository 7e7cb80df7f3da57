import { RESOURCE_CLASSES, type ResourceClass } from '../tasks/resource-class.ts'

export interface Room {
  readonly cpus: number
  readonly memoryMb: number
}

/** Room that is held until it is given back; giving back twice changes nothing. */
export interface Hold {
  release(): void
}

interface Waiter {
  /** Work that is here already, which goes before polls. */
  readonly urgent: boolean
  readonly ready: () => boolean
  readonly take: () => void
}

interface Wish<Given> extends Omit<Waiter, 'take'> {
  readonly give: () => Given
  readonly signal: AbortSignal | undefined
}

/**
 * What of a node is taken. Two kinds ask for room: a poll, which holds room of its class while it
 * waits for a trial (so that no trial is taken that there is no room for), and work that is here
 * already, which goes first.
 *
 * Polls of different classes do not count against each other while they wait, or an idle class
 * would starve the rest; two that are answered in the same moment may overshoot by one trial.
 */
export class Capacity {
  readonly total: Room
  #cpus = 0
  #memoryMb = 0
  readonly #polling = new Map<ResourceClass, number>()
  #waiting: Waiter[] = []
  #paused = false

  constructor(total: Room) {
    this.total = total
  }

  /** Waits for room for work that is here; ahead of every poll. */
  acquire(room: Room, signal?: AbortSignal): Promise<Hold> {
    const ready = () => this.#fits(room)
    return this.#wait({ urgent: true, ready, give: () => this.#hold(room), signal })
  }

  /** Waits for room to poll for a trial of a class. */
  reserve(name: ResourceClass, signal?: AbortSignal): Promise<PollHold> {
    const ready = () => !this.#paused && this.#fits(this.#withPolls(name))
    return this.#wait({ urgent: false, ready, give: () => this.#poll(name), signal })
  }

  /** While it is paused no poll gets room; what is here already does. */
  pause(paused: boolean): void {
    this.#paused = paused
    this.#serve()
  }

  /** The same without waiting; null when there is no room now. */
  tryReserve(name: ResourceClass): PollHold | null {
    const mustWait = this.#paused || this.#waiting.length > 0
    return !mustWait && this.#fits(this.#withPolls(name)) ? this.#poll(name) : null
  }

  get used(): Room {
    return { cpus: this.#cpus, memoryMb: this.#memoryMb }
  }

  #withPolls(name: ResourceClass): Room {
    const { cpus, memoryMb } = RESOURCE_CLASSES[name]
    const polls = (this.#polling.get(name) ?? 0) + 1
    return { cpus: cpus * polls, memoryMb: memoryMb * polls }
  }

  #fits({ cpus, memoryMb }: Room): boolean {
    const { total } = this
    return this.#cpus + cpus <= total.cpus && this.#memoryMb + memoryMb <= total.memoryMb
  }

  #hold({ cpus, memoryMb }: Room): Hold {
    this.#cpus += cpus
    this.#memoryMb += memoryMb
    return once(() => {
      this.#cpus -= cpus
      this.#memoryMb -= memoryMb
      this.#serve()
    })
  }

  #poll(name: ResourceClass): PollHold {
    const count = (change: number) => {
      this.#polling.set(name, (this.#polling.get(name) ?? 0) + change)
    }
    count(1)
    let hold: Hold = once(() => {
      count(-1)
      this.#serve()
    })
    return {
      use: () => {
        count(-1)
        hold = this.#hold(RESOURCE_CLASSES[name])
      },
      release: () => hold.release(),
    }
  }

  #wait<Given>({ urgent, ready, give, signal }: Wish<Given>): Promise<Given> {
    return new Promise((resolve, reject) => {
      const waiter = { urgent, ready, take: () => resolve(give()) }
      const abort = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter)
        reject(signal?.reason)
        this.#serve()
      }
      if (signal?.aborted === true) return reject(signal.reason)
      signal?.addEventListener('abort', abort, { once: true })
      const others = this.#waiting
      this.#waiting = urgent
        ? [...others.filter((other) => other.urgent), waiter, ...others.filter((o) => !o.urgent)]
        : [...others, waiter]
      this.#serve()
    })
  }

  #serve(): void {
    const next = this.#waiting.find(({ ready }) => ready())
    if (next === undefined) return
    this.#waiting = this.#waiting.filter((waiter) => waiter !== next)
    next.take()
    this.#serve()
  }
}

/** Room held by a poll, and by the trial that it brought once {@link PollHold.use} is called. */
export interface PollHold extends Hold {
  use(): void
}

function once(act: () => void): Hold {
  let done = false
  return {
    release: () => {
      if (!done) act()
      done = true
    },
  }
}
