/** How often a property is tried; SCOPEWISE_RUNS multiplies it. */
export function runs(usual: number): number {
  return Math.ceil(usual * (Number(process.env['SCOPEWISE_RUNS']) || 1))
}
