/** RFC 8259, production by production, with the rules of token-core: no name twice, none that needs an escape, at most 32 levels. Throws a RangeError for all else. */
export function naiveParseJson(text: string): unknown {
  const state = { text, at: 0 }
  const value = readValue(state, 0)
  skipBlanks(state)
  if (state.at !== text.length) throw new RangeError('more than one value')
  return value
}

interface State {
  readonly text: string
  at: number
}

function readValue(state: State, depth: number): unknown {
  skipBlanks(state)
  const next = state.text[state.at]
  if (next === '{' || next === '[') {
    if (depth === 32) throw new RangeError('too deep')
    return next === '{' ? readObject(state, depth) : readArray(state, depth)
  }
  if (next === '"') return readText(state)
  for (const [word, value] of [
    ['true', true],
    ['false', false],
    ['null', null],
  ] as const)
    if (take(state, word)) return value
  return readNumber(state)
}

function readObject(state: State, depth: number): unknown {
  const members = new Map<string, unknown>()
  for (const _ of elements(state, '{', '}')) {
    skipBlanks(state)
    const name = readText(state)
    skipBlanks(state)
    expectNext(state, ':')
    if (members.has(name)) throw new RangeError('a name twice')
    if (JSON.stringify(name).includes('\\')) throw new RangeError('a name that needs an escape')
    members.set(name, readValue(state, depth + 1))
  }
  members.delete('__proto__')
  return Object.fromEntries(members)
}

function readArray(state: State, depth: number): unknown {
  const items: unknown[] = []
  for (const _ of elements(state, '[', ']')) items.push(readValue(state, depth + 1))
  return items
}

/** Steps into each element of a list in brackets; the caller reads it. */
function* elements(state: State, open: string, close: string): Generator<void> {
  expectNext(state, open)
  skipBlanks(state)
  if (take(state, close)) return
  do {
    yield
    skipBlanks(state)
  } while (take(state, ','))
  expectNext(state, close)
}

function readText(state: State): string {
  const match = /^"((?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"/.exec(state.text.slice(state.at))
  if (!match) throw new RangeError('no text')
  state.at += match[0].length
  const plain: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' }
  return (match[0].slice(1, -1) ?? '').replace(/\\(u(....)|.)/g, (_, all: string, hex: string | undefined) =>
    hex === undefined ? (plain[all] ?? all) : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function readNumber(state: State): number {
  const match = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(state.text.slice(state.at))
  if (!match) throw new RangeError('no value')
  state.at += match[0].length
  return Number(match[0])
}

function skipBlanks(state: State): void {
  while (/^[ \t\n\r]/.test(state.text.slice(state.at, state.at + 1))) state.at++
}

function take(state: State, word: string): boolean {
  if (!state.text.startsWith(word, state.at)) return false
  state.at += word.length
  return true
}

function expectNext(state: State, word: string): void {
  if (!take(state, word)) throw new RangeError(`no ${word}`)
}
