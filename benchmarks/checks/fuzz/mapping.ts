import { mappingOf } from '../../../src/datasets/classNames.js';
import { HeddleError } from '../../../src/errors.js';
import { damage, type Random } from './random.js';
import { expectThat, type FuzzedReader } from './reader.js';

/** EMNIST's mapping files: right ones in any spelling, wrong ones, and damaged ones. */
export const mappingReader: FuzzedReader = {
  name: 'mapping',
  codes: ['FORMAT'],
  share: 1,
  prepare(random) {
    const wanted = randomMapping(random);
    const text = [...wanted]
      .map(([label, characters]) => lineOf(random, label, characters))
      .join(random.pick(['\n', '\r\n']));
    const wrong = random.chance(0.3) ? spoil(random, text) : text + random.pick(['', '\n', '\r\n\n', '  ']);
    if (wrong.startsWith(text)) return () => checkMapping(wrong, wanted.size > 0 ? wanted : undefined);
    const damaged = new TextDecoder().decode(damage(random, new TextEncoder().encode(wrong)));
    return () => checkMapping(damaged, undefined);
  },
};

function randomMapping(random: Random): Map<number, string> {
  const first = random.pick([33, 48, 65, 0x3042, 0x1f600]);
  const labels = Array.from({ length: random.below(12) }, () => random.below(256));
  const pair = (place: number) => [first + place, ...(random.chance(0.3) ? [first + 300 + place] : [])];
  return new Map(labels.map((label, place) => [label, String.fromCodePoint(...pair(place))]));
}

const lineOf = (random: Random, label: number, characters: string) =>
  [label, ...[...characters].map((character) => character.codePointAt(0))].join(random.pick([' ', '  ', '\t']));

const spoil = (random: Random, text: string) =>
  random.pick([
    () => `${random.pick(['256', '-1', 'x', '1e1', '0x1'])} 48\n${text}`,
    () => `1 48\n1 49\n${text}`,
    () => `1 48\n2 48\n${text}`,
    () => `7\n${text}`,
    () => `7 ${random.pick(['32', '0', '1114112', '55296', '9999999', 'a'])}\n${text}`,
    () => `\n${text}`,
  ])();

/** @param wanted what must be read, undefined where the text may be right or wrong, or is empty */
function checkMapping(text: string, wanted: ReadonlyMap<number, string> | undefined): void {
  try {
    const found = mappingOf(text, 'fuzz');
    if (wanted) expectThat(JSON.stringify([...found]) === JSON.stringify([...wanted]), 'read another mapping');
    expectThat(new Set(found.values()).size === found.size && found.size > 0, 'gave a name twice, or none');
    for (const [label, characters] of found) {
      expectThat(Number.isInteger(label) && label >= 0 && label <= 255, `took the label ${label}`);
      expectThat(!/[\p{Cs}\s]/u.test(characters), 'took what is no character');
    }
  } catch (error) {
    expectThat(!(error instanceof HeddleError && wanted), `refused a right file: ${error}`);
    throw error;
  }
}
