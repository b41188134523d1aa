export type NodeCrypto = typeof import('node:crypto')

/** Found at run time, so that one build runs where there is no `node:crypto`. */
export function findNodeCrypto(): NodeCrypto | undefined {
  const runtime: { process?: { getBuiltinModule?(id: string): unknown }; Deno?: unknown } = globalThis
  // Deno's node:crypto is slower than its WebCrypto, and the one of workerd takes no KeyObject.
  if (runtime.Deno || globalThis.navigator?.userAgent === 'Cloudflare-Workers') return undefined
  // The id names the module, so its type is known.
  return runtime.process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
}
