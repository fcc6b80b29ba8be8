import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';

/** Results of runs that take long, a JSON object a line, so that a benchmark goes on where it was stopped. */
export function readRecord<Result>(file: URL): Result[] {
  const lines = wholeLines(file).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Result);
}

export function addToRecord(file: URL, result: object): void {
  if (existsSync(file)) truncateSync(file, Buffer.byteLength(wholeLines(file)));
  appendFileSync(file, `${JSON.stringify(result)}\n`, { flush: true });
}

/** All but a last line that was cut off. */
function wholeLines(file: URL): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.slice(0, text.lastIndexOf('\n') + 1);
}
