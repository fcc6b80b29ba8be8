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

/** Has npm fetch it, once; whether it is there then. Its install script would fetch what a GPU needs, and stays unrun. */
export async function fetchOnnxruntimeNode(): Promise<boolean> {
  if (existsSync(new URL('node_modules/onnxruntime-node', folder))) return true;
  console.log(`fetching onnxruntime-node ${version}, 290 MB, into ${fileURLToPath(folder)}`);
  await mkdir(folder, { recursive: true });
  await writeFile(onnxruntimeNode, '{ "private": true }\n');
  const place = ['--prefix', fileURLToPath(folder)];
  const flags = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  try {
    await promisify(execFile)('npm', ['install', ...place, ...flags, `onnxruntime-node@${version}`]);
    return true;
  } catch (error) {
    const lines = (error instanceof Error ? error.message : String(error)).split('\n'); // the command, why it failed, and how
    console.log(`onnxruntime-node is left out: ${lines.slice(0, 2).join('; ')}`);
    return false;
  }
}
