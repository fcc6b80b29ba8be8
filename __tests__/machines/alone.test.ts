import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { commandPath } from '../support/command.js';

const staticImports = /^(?:import|export)\b[^;]*?(?:from )?"(\.[^"]+)";/gm;

/** The sources that a built file evaluates, as its bundler names them. */
function sourcesOf(file: string): string[] {
  const reached = new Set([file]);
  for (const path of reached)
    for (const [, name] of readFileSync(path, 'utf8').matchAll(staticImports)) reached.add(join(dirname(path), name));
  return [...reached].flatMap((path) => readFileSync(path, 'utf8').match(/(?<=^\/\/ )(?:src|workers)\/\S+/gm) ?? []);
}

describe('a command that is started alone', () => {
  it.each(['train', 'tune', 'evaluate', 'predict', 'export', 'data'] as const)(
    '%s evaluates nothing of what several machines need',
    (name) => {
      const sources = sourcesOf(commandPath(name));
      expect(sources).toContain('src/commands/job.ts');
      expect(sources.filter((source) => source.startsWith('src/machines/'))).toEqual([]);
    },
  );
});
