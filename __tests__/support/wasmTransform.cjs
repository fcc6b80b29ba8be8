// Gives tests what esbuild's binary loader gives dist/: a module whose default export is the file's bytes.
const { readFileSync } = require('node:fs');

module.exports = {
  canInstrument: false,
  getCacheKey: (_text, filename) => readFileSync(filename).toString('base64'),
  process: () => ({ code: 'module.exports = {};' }),
  processAsync: async (_text, filename) => ({
    code: `export default Uint8Array.from(atob('${readFileSync(filename).toString('base64')}'), (c) => c.charCodeAt(0));`,
  }),
};
