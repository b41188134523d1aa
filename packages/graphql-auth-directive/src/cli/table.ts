/** Text for a terminal. */

/** Columns as wide as their widest cell. */
export function writeTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows]
  const widths = head.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `a b | c`; what needs no scope is said in words. */
export function writeAlternatives(alternatives: readonly (readonly string[])[]): string {
  if (alternatives.length === 0) return 'nothing'
  return alternatives.map((one) => one.join(' ') || 'any token').join(' | ')
}
