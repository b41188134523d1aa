/** Keeps an entry, and at most `most` of them: the one that was kept longest ago is forgotten first. */
export function remember<K, V>(cache: Map<K, V>, key: K, value: V, most: number): void {
  cache.delete(key)
  cache.set(key, value)
  for (const oldest of cache.keys()) {
    if (cache.size <= most) break
    cache.delete(oldest)
  }
}
