import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { version } from '../../../src/formats/version.js';
import { addToRecord } from '../../accuracy/record.js';
import type { Messaging } from '../../machines/cluster.js';
import { type Library, type Measurement, recordFile } from '../../machines/record.js';
import type { Namespaces } from './namespaces.js';

const ROUNDS = 5;

const own = fileURLToPath(new URL('../machines/exchange.js', import.meta.url));
const gloo = fileURLToPath(new URL('../benchmarks/machines/exchange.py', import.meta.resolve('heddle')));

/** What messages between two hosts cost, heddle's and, for the record alone, gloo's where PyTorch is installed. */
export function measureMessaging(namespaces: Namespaces): Messaging {
  const messaging = measure('heddle', () => run(namespaces, [process.execPath, own]));
  try {
    measure('gloo', () =>
      inFolder((folder) => run(namespaces, ['/usr/bin/python3', gloo, join(folder, 'meeting'), 'eth0'])),
    );
  } catch (error) {
    console.log(`gloo is left out; it wants python3-torch: ${error}`);
  }
  return messaging;
}

/** The fastest of some rounds: the machine's other work slows them down. */
function measure(library: Library, measureOnce: () => Messaging): Messaging {
  const rounds = Array.from({ length: ROUNDS }, measureOnce);
  const messaging = {
    latency: Math.min(...rounds.map(({ latency }) => latency)),
    handled: Math.max(...rounds.map(({ handled }) => handled)),
  };
  const machine = { processor: cpus()[0].model, versions: `heddle ${version}, Node ${process.version}` };
  const found: Measurement = {
    date: new Date().toISOString(),
    ...machine,
    measured: 'messaging',
    library,
    ...messaging,
  };
  addToRecord(recordFile, found);
  const { latency, handled } = messaging;
  console.log(
    `${library}: ${(1000 * latency).toFixed(0)} µs an exchange, ${(handled / 1e6).toFixed(2)} GB/s sent and received`,
  );
  return messaging;
}

const run = (namespaces: Namespaces, program: readonly string[]): Messaging =>
  JSON.parse(
    execFileSync('mpirun.openmpi', [...namespaces.launch(2), ...program], { encoding: 'utf8', stdio: 'pipe' }),
  );

function inFolder<Result>(work: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-machines-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
