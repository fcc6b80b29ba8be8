import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The golden weightsHash values under several versions of Node, which npm's package `node` gives: the same bits in each.
// `npm run goldens` for 20, 22, 24 and 26, or the versions that are named behind it.

const versions = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24', '26'];
const root = fileURLToPath(new URL('../../..', import.meta.url));
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const folder = mkdtempSync(join(tmpdir(), 'heddle-nodes-'));

for (const version of versions) {
  const prefix = join(folder, version);
  const install = spawnSync('npm', ['install', '--prefix', prefix, `node@${version}`], { encoding: 'utf8' });
  const node = join(prefix, 'node_modules', 'node', 'bin', 'node');
  const found = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (found.status !== 0) throw new Error(`npm could not install node@${version}: ${install.stderr}`);
  const { status, stderr } = spawnSync(node, [...jest, 'goldens'], { cwd: root, encoding: 'utf8' });
  const count = /^Tests: +(.*)$/m.exec(stderr)?.[1];
  console.log(`Node ${found.stdout.trim()}: ${status === 0 ? 'all equal' : 'NOT equal'} (${count})`);
  if (status !== 0) process.exitCode = 1;
}
rmSync(folder, { recursive: true });
