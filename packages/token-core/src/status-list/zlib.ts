import { readBytes } from '../http/bounded.js'

/** Compresses in the zlib format, which is what `deflate` means here. RFC 1950. */
export function compress(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  // A few bytes more than it was, at most: what can't be compressed is stored.
  return readBytes(through(bytes, new CompressionStream('deflate')), bytes.length + 1024)
}

/** Decompresses to at most so many bytes, and stops as soon as there are more: a small text can hold gigabytes. */
export function decompress(bytes: Uint8Array<ArrayBuffer>, maxSize: number): Promise<Uint8Array<ArrayBuffer>> {
  return readBytes(through(bytes, new DecompressionStream('deflate')), maxSize)
}

function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream) {
  return new Blob([bytes]).stream().pipeThrough(stream)
}
