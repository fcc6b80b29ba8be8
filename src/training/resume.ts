import { HeddleError } from '../errors.js';
import { version } from '../formats/version.js';
import type { Graph } from '../graph/graph.js';
import type { RunConfig } from './trainerOptions.js';

/** What determines the bits of a run, but data: heddle's version, and all of the configuration that makes a difference. */
export function runSettings({
  workers,
  kernels,
  profile,
  layerModules,
  network,
  ...settings
}: RunConfig): Record<string, unknown> {
  // The names of modules' classes make no difference, and a bundler may change them.
  const modules = network.modules.map(({ path, sameAs }) => ({ path, sameAs }));
  return {
    version,
    ...settings,
    network: { ...network, modules },
    kernels: kernels === 'relaxed' ? kernels : 'strict',
  };
}

/** @throws HeddleError CHECKPOINT naming the versions or each setting whose value in a checkpoint is another one */
export function checkSettings(own: Record<string, unknown>, found: Readonly<Record<string, unknown>>): void {
  if (own.version !== found.version)
    throw new HeddleError(
      'CHECKPOINT',
      `the checkpoint is of heddle ${found.version ?? 'without a version'} and this is heddle ${own.version}, whose bits may be others; go on with the run in the version that began it`,
    );
  const differences = Object.keys(own)
    .map((name) => [name, JSON.stringify(own[name]), JSON.stringify(found[name])])
    .filter(([, here, there]) => here !== there)
    .map(([name, here, there]) =>
      name === 'network' ? networkDifference(own, found) : `${name} is ${here} here and ${there} there`,
    );
  if (differences.length === 0) return;
  const advice = differences.some((text) => text.startsWith('schedule '))
    ? '. A schedule belongs to a number of epochs: another number wants a run from the start'
    : '';
  throw new HeddleError('CHECKPOINT', `the checkpoint is of another run: ${differences.join('; ')}${advice}`);
}

/** The first place at which two networks differ. */
function networkDifference(...settings: readonly Readonly<Record<string, unknown>>[]): string {
  const [here, there] = settings.map(({ network }) => {
    const { inputs, nodes, outputs, modules } = Object(network) as Partial<Graph>;
    return [inputs, nodes, outputs, modules].flat().map((part) => JSON.stringify(part));
  });
  const longer = here.length < there.length ? there : here;
  const place = longer.findIndex((_, i) => here[i] !== there[i]);
  return `the network has ${here[place] ?? 'no more'} here and ${there[place] ?? 'no more'} there`;
}
