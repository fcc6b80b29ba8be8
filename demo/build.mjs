// Builds the demo: a folder of files that any host can serve, in whatever folder of its own. `npm run build` makes what it is
// made of first.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { withoutRelaxed } from '../src/kernels/simd/withoutRelaxed.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [folder = join(root, 'dist/demo')] = process.argv.slice(2);

const shared = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  target: 'es2022',
  loader: { '.deflate': 'binary', '.css': 'text', '.txt': 'text' },
  logLevel: 'warning',
};

/** The page is written in TypeScript, as the script is that fills it. */
async function pageText() {
  const { outputFiles } = await build({ ...shared, entryPoints: ['demo/page.ts'], platform: 'node', write: false });
  return (await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)).page;
}

async function styleText() {
  const pages = ['palette', 'page', 'plots', 'evaluation', 'run', 'media'].map((name) => `src/pages/style/${name}.css`);
  const [media, ...others] = pages.toReversed();
  const files = [...others.toReversed(), 'node_modules/uplot/dist/uPlot.min.css', 'demo/demo.css', media];
  return (await Promise.all(files.map((file) => readFile(join(root, file), 'utf8')))).join('\n');
}

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await build({
  ...shared,
  entryPoints: { demo: 'demo/demo.ts', webWorker: 'workers/webWorker.ts' },
  outdir: folder,
  platform: 'browser',
  splitting: true,
  plugins: [withoutRelaxed],
  minify: true,
});
await writeFile(join(folder, 'index.html'), await pageText());
await writeFile(join(folder, 'style.css'), await styleText());
await cp(join(root, 'demo/serviceWorker.js'), join(folder, 'serviceWorker.js'));
await cp(join(root, 'dist/LICENSES.txt'), join(folder, 'LICENSES.txt'));
await cp(join(root, 'data/fashion-mnist'), join(folder, 'fashion-mnist'), { recursive: true });
