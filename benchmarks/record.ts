import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Results of runs that take long, a JSON object a line, so that a benchmark goes on where it was stopped. */
export function readRecord<Result>(file: URL): Result[] {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Result);
}

export function addToRecord(file: URL, result: object): void {
  appendFileSync(file, `${JSON.stringify(result)}\n`);
}
