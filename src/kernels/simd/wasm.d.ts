declare module '*.wasm.deflate' {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
