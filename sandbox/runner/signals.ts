/** Linux's numbers, on amd64 and arm64 alike; this process may run on another system. */
const NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGSYS: 31,
}

const NAMES = new Map(Object.entries(NUMBERS).map(([name, number]) => [number, name]))

export const signalNumber = (name: 'SIGINT' | 'SIGTERM' | 'SIGKILL'): number => NUMBERS[name] ?? 9

/** Such as `SIGKILL`, or `signal 64` for one without a name here. */
export const signalName = (number: number): string => NAMES.get(number) ?? `signal ${number}`
