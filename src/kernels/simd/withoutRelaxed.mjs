/** For esbuild: without the kernels `relaxed`, a third of a page's download. A browser has none of them. */
export const withoutRelaxed = {
  name: 'without relaxed',
  setup(builder) {
    builder.onLoad({ filter: /relaxed\.wasm\.deflate$/ }, () => ({ contents: '', loader: 'binary' }));
  },
};
