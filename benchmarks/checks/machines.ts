import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { checkTrainings } from './machines/bits.js';
import { checkFaults } from './machines/faults.js';
import { measureMessaging } from './machines/messaging.js';
import { Namespaces } from './machines/namespaces.js';
import { checkResumes } from './machines/resumes.js';
import { checkBits, checkShare } from './machines/training.js';

// The bits of trainings on several machines are those of one. What becomes of a training when one of them fails, differs or stands
// still, and what it comes to when it goes on on others. Then it trains between network namespaces, as between machines that are
// joined by 1 Gbit/s: the bits are those of one machine, and what a step waits for others is what the model of benchmarks/machines
// says. As root, on Debian: `npm run machines`, some twenty minutes. It installs Open MPI, MPICH and iproute2 where they are missing,
// measures what messages cost before the links are limited, adds that to benchmarks/results/machines.jsonl, and removes what it has
// made. Exits with 1 if anything is not as it should be.

const HOSTS = 4;
const GIGABITS = 1;

const packages = { 'mpirun.openmpi': 'openmpi-bin', 'mpiexec.mpich': 'mpich', tc: 'iproute2' };

function install(): void {
  const isThere = (command: string) => execFileSync('sh', ['-c', `command -v ${command} || true`]).length > 0;
  const missing = Object.entries(packages).flatMap(([command, name]) => (isThere(command) ? [] : [name]));
  if (missing.length === 0) return;
  execFileSync('apt-get', ['update'], { stdio: 'ignore' });
  execFileSync('apt-get', ['install', '-y', '--no-install-recommends', ...missing], { stdio: 'ignore' });
}

install();
const dist = fileURLToPath(new URL('../..', import.meta.url));
await checkTrainings(dist);
await checkFaults(dist);
await checkResumes(dist);
const namespaces = Namespaces.open(HOSTS);
process.on('exit', () => namespaces.remove());
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));
const messaging = measureMessaging(namespaces);
namespaces.limit(GIGABITS);
for (const network of ['fashionNet', 'resnet18']) {
  await checkBits(namespaces, network, [2, 3, 4]);
  await checkShare(namespaces, network, GIGABITS, messaging);
}
