import { describe, expect, it } from '@jest/globals';
import { studyPage } from '../../src/pages/studyPage.js';
import type { StudyPageData } from '../../src/pages/studyView.js';
import type { Trial } from '../../src/search/study.js';
import { sampleStudy, sampleTrial } from '../support/sampleStudy.js';

const range = (count: number, state?: Trial['state'], accuracies?: readonly number[]) =>
  Array.from({ length: count }, (_, i) => sampleTrial(i, state, accuracies));

/** The page without its script and style. */
const body = (data: StudyPageData) => studyPage(data).replace(/<(script|style)>[\s\S]*?<\/\1>/g, '');

const count = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].length;

const plain = (markup: string) =>
  markup
    .replace(/<[^>]*>/g, '')
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

const code = (page: string) => [...page.matchAll(/<code>([\s\S]*?)<\/code>/g)].map(([, markup]) => plain(markup));

const mixed = [
  ...range(7),
  sampleTrial(7, 'pruned', [0.7]),
  sampleTrial(8, 'failed', [Number.NaN]),
  sampleTrial(9, 'failed', []),
  sampleTrial(10, 'running', []),
  sampleTrial(11, 'complete', [0.1, 0.1]),
];

describe('a study’s page', () => {
  it.each<[string, StudyPageData]>([
    ['of no trial', sampleStudy([])],
    ['of one trial', sampleStudy(range(1))],
    ['of trials in every state', sampleStudy(mixed)],
    ['of 300 trials', sampleStudy(range(300))],
    ['of pruned trials', sampleStudy(range(3, 'pruned', [0.5]))],
    ['of failed trials', sampleStudy(range(3, 'failed', []))],
    ['of trials that are all alike', sampleStudy(range(4, 'complete', [0.5, 0.5]))],
    ['of one epoch', sampleStudy(range(4, 'complete', [0.5]), { maxEpochs: 1 })],
    ['of constants', sampleStudy(range(4), { space: { batchSize: 100 }, importance: {} })],
    ['of settings that only some trials have', sampleStudy([...range(3), { ...sampleTrial(3), settings: {} }])],
    ['of perfect accuracy', sampleStudy(range(2, 'complete', [1, 1]))],
  ])('%s has a place for each of them and shows no NaN, Infinity or undefined', (_, data) => {
    const page = body(data);
    expect(page).not.toMatch(/NaN|Infinity|undefined/);
    expect(count(page, /<tr class="[^"]*" data-trial=/g)).toBe(data.trials.length);
  });

  it('has every trial in its table, its history, its threads and every slice, and those with epochs in the curves', () => {
    const page = body(sampleStudy(mixed));
    for (const { trial, epochs } of mixed) {
      const places = { marks: count(page, new RegExp(`class="mark (?!small)[^"]*" data-trial="${trial}"`, 'g')) };
      const threads = count(page, new RegExp(`class="thread [^"]*" data-trial="${trial}"`, 'g'));
      const drawn = epochs.some(({ accuracy }) => Number.isFinite(accuracy));
      expect({ trial, ...places, threads }).toEqual({ trial, marks: 1 + 3, threads: drawn ? 2 : 1 });
    }
  });

  it('puts the best trial first, with its settings as JSON that parses and the command that trains with them', () => {
    const page = body(sampleStudy(mixed));
    const [settings, command] = code(page);
    expect(JSON.parse(settings)).toEqual(sampleTrial(6).settings);
    expect(command).toBe('npx heddle train --data pictures --config best.json');
    expect(plain(page)).toMatch(
      /93\.57%\s+validation accuracy in trial 6, the best of 8 complete ones: 8\.57 points above/,
    );
  });

  it.each([
    ['No trial has started yet.', []],
    ['No trial is complete: 2 pruned.', range(2, 'pruned', [0.5])],
    ['No trial is complete yet: 1 running.', range(1, 'running', [])],
  ])('says “%s” where there is no result', (sentence, trials) => {
    const page = body(sampleStudy(trials));
    expect(plain(page)).toContain(sentence);
    expect(page).not.toContain('best.json');
  });

  it('says why trials failed', () => {
    const page = body(sampleStudy([...range(2), { ...sampleTrial(2, 'failed', []), reason: 'loss is <NaN>' }]));
    expect(plain(page)).toContain('failed: loss is <NaN>');
  });

  it('is harmless and complete whatever names and values are', () => {
    const evil = `</script></style></code><img src="x" onerror='alert(1)'><script>&quot;`;
    const settings = { ...sampleTrial(0).settings, [evil]: evil };
    const page = studyPage({
      ...sampleStudy([
        { ...sampleTrial(0), settings },
        { ...sampleTrial(1), settings: { ...settings, [evil]: 'x' } },
      ]),
      title: evil,
      created: evil,
      sampler: evil,
      importance: { [evil]: 1 },
      space: { [evil]: { choices: [evil, 'x'] }, [`${evil}2`]: evil },
    });
    expect(page).not.toMatch(/<img|onerror='/);
    expect(count(page, /<\/?script/g)).toBe(2);
    expect(count(page, /<\/?style>/g)).toBe(2);
    expect(plain(page.match(/<h1>.*<\/h1>/)?.[0] ?? '')).toBe(evil);
    expect(JSON.parse(code(page)[0])[evil]).toBe('x');
  });

  it('loads nothing: no address, no file, no import, and a policy that forbids it', () => {
    const page = studyPage(sampleStudy(mixed));
    expect(page).not.toMatch(/https?:|\bsrc=|url\(|@import|<link|\bimport\b.*\bfrom\b|\bfetch\(|XMLHttpRequest/);
    expect(count(page, /href="(?!#)/g)).toBe(0);
    expect(page).toContain(
      `content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"`,
    );
  });

  it('has its script and style, a name for each plot, and the same bytes each time', () => {
    const page = studyPage(sampleStudy(mixed));
    expect(page).toContain('classList.add("scripted")');
    expect(page).toContain('prefers-color-scheme: dark');
    expect(count(page, /<svg class="plot"(?! [^>]*aria-label="[^"]+")/g)).toBe(0);
    expect(studyPage(sampleStudy(mixed))).toBe(page);
  });
});
