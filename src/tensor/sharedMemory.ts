/** Memory that all threads see. Pages that are not cross-origin isolated hide SharedArrayBuffer, and have no use for it: they
 * train on one thread. */
export function sharedMemory(bytes: number): SharedArrayBuffer {
  const Memory = typeof SharedArrayBuffer === 'function' ? SharedArrayBuffer : ArrayBuffer;
  return new Memory(bytes) as SharedArrayBuffer;
}
