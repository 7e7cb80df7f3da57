export const DEFAULTS = {
  fuel: 7.5,
  insuredFrom: 500,
}

export function settingsFrom(flags) {
  const settings = { ...DEFAULTS }
  if (flags.fuel !== undefined) settings.fuel = flags.fuel
  return settings
}
