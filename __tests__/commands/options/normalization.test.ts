import { describe, expect, it } from '@jest/globals';
import { chosenNormalization } from '../../../src/commands/options/normalization.js';
import { thrown } from '../../support/thrown.js';

const metadata = (entries: Record<string, string>) => new Map(Object.entries(entries));

describe('chosenNormalization', () => {
  it('takes the options before the metadata, wrong ones too', () => {
    const options = { mean: 0, std: 1 };
    for (const file of [{}, { mean: '0.5', std: '0.25' }, { mean: 'x' }])
      expect(chosenNormalization(options, metadata(file))).toEqual({ normalization: options, note: '' });
  });

  it('takes the metadata without options', () => {
    expect(chosenNormalization({}, metadata({ mean: '0.5', std: '0.25' }))).toEqual({
      normalization: { mean: 0.5, std: 0.25 },
      note: '',
    });
  });

  it('takes one for each channel from the metadata', () => {
    const { normalization } = chosenNormalization(
      {},
      metadata({ mean: '0.485,0.456,0.406', std: '0.229,0.224,0.225' }),
    );
    expect(normalization).toEqual({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });
  });

  it('takes 0.286 and 0.353 without either, and says so in a line that names the options', () => {
    const { normalization, note } = chosenNormalization({}, metadata({ format: 'pt' }));
    expect(normalization).toEqual({ mean: 0.286, std: 0.353 });
    expect(note).toMatch(/^note: [^\n]*0\.286 [^\n]*0\.353\. [^\n]*--mean and --std[^\n]*\n$/);
  });

  it.each([[{ mean: 0.5 }], [{ std: 0.5 }]])('refuses %j as ARGUMENT', (options) => {
    expect(thrown(() => chosenNormalization(options, metadata({ mean: '0', std: '1' })))).toMatch(/^ARGUMENT: .*both/);
  });
});
