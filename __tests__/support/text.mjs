// Gives tests what esbuild's text loader gives dist/.
export default { process: (text) => ({ code: `module.exports = ${JSON.stringify(text)};` }) };
