import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// onnxruntime-node takes 290 MB, so it is no dependency; it lies beside the packages that are.

const version = '1.30.0';
const folder = new URL('../node_modules/.cache/onnxruntime-node/', import.meta.resolve('heddle'));

/** The file from whose place it is to be required. */
export const onnxruntimeNode = new URL('package.json', folder);

/** Has npm fetch it, once. Its install script would fetch what a GPU needs, and stays unrun. */
export async function fetchOnnxruntimeNode(): Promise<void> {
  if (existsSync(new URL('node_modules/onnxruntime-node', folder))) return;
  console.log(`fetching onnxruntime-node ${version}, 290 MB, into ${fileURLToPath(folder)}`);
  await mkdir(folder, { recursive: true });
  await writeFile(onnxruntimeNode, '{ "private": true }\n');
  const command = [
    'install',
    '--no-save',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    `onnxruntime-node@${version}`,
  ];
  await promisify(execFile)('npm', command, { cwd: folder });
}
