export default {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/__tests__/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '(simd|relaxed|libjpegTurbo)\\.wasm\\.deflate$': '<rootDir>/__tests__/support/$1Wasm.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '\\.(css|txt)$': '<rootDir>/__tests__/support/text.mjs',
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
  },
  // A package's style is embedded as text, too.
  transformIgnorePatterns: ['/node_modules/.+(?<!\\.css)$'],
  // Many tests start programs and wait for them.
  maxWorkers: '100%',
  testTimeout: 60_000,
};
