import { sha256 } from '@noble/hashes/sha2.js';

/** Node's own is more than ten times as fast. */
const node = globalThis.process?.getBuiltinModule?.('node:crypto');

/** The SHA-256 of what it is given, piece by piece. */
export class Sha256 {
  private readonly hash = node ? node.createHash('sha256') : sha256.create();

  /** @param content texts as UTF-8 */
  update(content: string | ArrayBufferView): this {
    const { buffer, byteOffset, byteLength } =
      typeof content === 'string' ? new TextEncoder().encode(content) : content;
    this.hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    return this;
  }

  /** In hexadecimal digits. */
  digest(): string {
    return Array.from(this.hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}
