import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from '@jest/globals';
import { addToRecord, readRecord } from '../../../benchmarks/accuracy/record.js';

it('a record goes on after a last line that was cut off, which counts for nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-record-'));
  const path = join(folder, 'record.jsonl');
  const file = pathToFileURL(path);
  expect(readRecord(file)).toEqual([]);
  addToRecord(file, { seed: 1, note: 'ä' });
  writeFileSync(path, '{"seed":2,"no', { flag: 'a' });
  expect(readRecord(file)).toEqual([{ seed: 1, note: 'ä' }]);
  addToRecord(file, { seed: 2 });
  expect(readFileSync(path, 'utf8')).toBe('{"seed":1,"note":"ä"}\n{"seed":2}\n');
  rmSync(folder, { recursive: true });
});
