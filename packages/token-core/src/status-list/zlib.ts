import { readBytes } from '../http/bounded.js'

/** Compresses in the zlib format, which is what `deflate` means here. RFC 1950. */
export function compress(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  // A few bytes more than it was, at most: what can't be compressed is stored.
  return readBytes(through(bytes, new CompressionStream('deflate')), bytes.length + 1024)
}

/**
 * Decompresses to at most so many bytes, and stops as soon as there are more: a small text can hold gigabytes.
 * @throws {TypeError} also when the data is cut off or goes on after its end, which Deno lets pass
 */
export async function decompress(bytes: Uint8Array<ArrayBuffer>, maxSize: number): Promise<Uint8Array<ArrayBuffer>> {
  const plain = await readBytes(through(bytes, new DecompressionStream('deflate')), maxSize)
  const sum = bytes.length < 6 ? undefined : new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4)
  if (sum !== adler32(plain)) throw new TypeError('The compressed data is not whole.')
  return plain
}

/** The checksum at the end of the zlib format. RFC 1950 §8.2. */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0]
  for (const byte of bytes) {
    low = (low + byte) % 65_521
    high = (high + low) % 65_521
  }
  return high * 65_536 + low
}

function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream) {
  return new Blob([bytes]).stream().pipeThrough(stream)
}
