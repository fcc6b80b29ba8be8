import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import { outcomeOf, startProcess, temporaryFolder } from './support/command.js';

const here = fileURLToPath(new URL('..', import.meta.url));
const temporary = temporaryFolder();

it('the README’s programs run as they stand, one after the other, on the first 200 images', async () => {
  const readme = await readFile(join(here, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code);
  expect(blocks).toHaveLength(5);
  const few = (code: string) =>
    code.replaceAll(/await loadMnistFolder\((.*?)\)/g, 'few(await loadMnistFolder($1), 200)');
  const program = [
    "import { firstSamples as few } from 'heddle';",
    ...blocks.slice(0, 4).map(few),
    "await saveSafetensors('from-torch.safetensors', model.stateDict());",
    blocks[4],
  ];
  await mkdir(join(temporary.path, 'node_modules'));
  await symlink(here, join(temporary.path, 'node_modules/heddle'));
  await symlink(join(here, 'data'), join(temporary.path, 'data'));
  await writeFile(join(temporary.path, 'program.mjs'), program.join('\n'));
  const { code, stdout, stderr } = await outcomeOf(startProcess(process.execPath, ['program.mjs'], temporary.path));
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/\n1 [\d.]+ [\d.]+\n2 [\d.]+ [\d.]+\n/);
  expect(stdout).toContain('(1): BasicBlock(');
});
