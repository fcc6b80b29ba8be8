import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Job } from './job.js';

// The specified network, ResNet-18, a small VGG and a network with each loss, on one to four ranks of one and two workers with two
// kernel sets: each prints the weights, losses and accuracies of a run without mpirun.

const RANKS = [1, 2, 3, 4];
const WORKERS = [1, 2];
const KERNELS = ['simd', 'wide'];

/** @param dist where heddle is built */
export async function checkTrainings(dist: string): Promise<void> {
  const program = [process.execPath, join(dist, 'benchmarks', 'checks', 'machines', 'trainings.js')];
  for (const size of [[], ['--large']]) {
    const wanted = execFileSync(program[0], [program[1], '--workers', '2', ...size], { encoding: 'utf8' });
    const differing: string[] = [];
    for (const kernels of KERNELS)
      for (const workers of WORKERS)
        for (const count of RANKS) {
          const words = [...program, ...size, '--workers', String(workers), '--kernels', kernels];
          const job = Job.start(
            tmpdir(),
            Array.from({ length: count }, () => words),
          );
          const { code, stdout } = await job.outcome();
          if (code !== 0 || stdout !== wanted) differing.push(`${kernels}, ${count} ranks of ${workers} workers`);
        }
    const networks = wanted.split('\n').flatMap((line) => line.split(': ')[0] || []);
    const tried = KERNELS.length * WORKERS.length * RANKS.length;
    console.log(`${networks.join('; ')}: of ${tried} trainings ${differing.length} differ from one without mpirun`);
    for (const training of differing) console.log(`NOT ok: ${training}`);
    if (differing.length > 0) process.exitCode = 1;
  }
}
