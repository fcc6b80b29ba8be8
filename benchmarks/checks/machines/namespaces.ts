import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Hosts of Linux's own making: network namespaces that a bridge joins, of which each has one interface. */
export class Namespaces {
  private constructor(readonly hosts: readonly string[]) {}

  /** @throws Error unless the process is root's */
  static open(count: number): Namespaces {
    const namespaces = new Namespaces(Array.from({ length: count }, (_, index) => `${BRIDGE}${index}`));
    namespaces.remove(); // of a check that was killed
    ip(`link add ${BRIDGE} type bridge`);
    ip(`addr add ${NETWORK}.254/24 dev ${BRIDGE}`);
    ip(`link set ${BRIDGE} up`);
    for (const [index, host] of namespaces.hosts.entries()) {
      ip(`netns add ${host}`);
      ip(`link add ${host} type veth peer name ${INTERFACE} netns ${host}`);
      ip(`link set ${host} master ${BRIDGE} up`);
      ip(`-n ${host} addr add ${NETWORK}.${index + 1}/24 dev ${INTERFACE}`);
      for (const device of [INTERFACE, 'lo']) ip(`-n ${host} link set ${device} up`);
    }
    return namespaces;
  }

  /** Lets each host send and receive no more than that, as a network card would. */
  limit(gigabits: number): void {
    // A packet of the kernel's own may have 64 KB before a card would cut it up.
    const bucket = `root tbf rate ${gigabits}gbit burst 256kb latency 50ms`;
    for (const host of this.hosts) {
      run('tc', `qdisc add dev ${host} ${bucket}`);
      run('tc', `-n ${host} qdisc add dev ${INTERFACE} ${bucket}`);
    }
  }

  /** Arguments of mpirun that put a rank on each of so many hosts. */
  launch(ranks: number): string[] {
    const options = {
      plm_rsh_agent: fileURLToPath(new URL('../benchmarks/checks/machines/agent.sh', import.meta.resolve('heddle'))),
      oob_tcp_if_include: `${NETWORK}.0/24`,
      btl_tcp_if_include: `${NETWORK}.0/24`,
      pml: 'ob1',
      btl: 'tcp,self',
      // Daemons that are on one machine in truth would write its topology to the same memory, and sometimes crash.
      rtc_hwloc_vmhole: 'none',
    };
    const hosts = this.hosts.slice(0, ranks).map((host) => `${host}:1`);
    const settings = Object.entries(options).flatMap(([name, value]) => ['--mca', name, value]);
    return ['--allow-run-as-root', '--bind-to', 'none', '-H', hosts.join(), ...settings];
  }

  /** With all that still runs in them. */
  remove(): void {
    for (const host of this.hosts) {
      quietly(() => endAll(ip(`netns pids ${host}`).toString()));
      quietly(() => ip(`link del ${host}`));
      quietly(() => ip(`netns del ${host}`));
    }
    quietly(() => ip(`link del ${BRIDGE}`));
  }
}

const [BRIDGE, NETWORK, INTERFACE] = ['heddle', '10.77.0', 'eth0'];

const run = (program: string, args: string) => execFileSync(program, args.split(' '), { stdio: 'pipe' });

const ip = (args: string) => run('ip', args);

function endAll(pids: string): void {
  for (const [pid] of pids.matchAll(/\d+/g)) process.kill(Number(pid), 'SIGKILL');
}

/** What is not there cannot be removed. */
function quietly(work: () => void): void {
  try {
    work();
  } catch {}
}
