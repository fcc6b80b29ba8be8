import { describe, expect, it } from '@jest/globals';
import { html, Markup } from '../../src/pages/markup.js';

describe('html', () => {
  it('escapes values, in elements as in attributes of either quote', () => {
    expect(html`<p title="${'"a" & \'b\''}">${'<b>'}</p>`.text).toBe(
      '<p title="&quot;a&quot; &amp; &#39;b&#39;">&lt;b&gt;</p>',
    );
  });

  it('keeps markup as it is, joins lists and leaves undefined out', () => {
    const items = [html`<i>${1}</i>`, new Markup('<br>'), ['<', undefined, '0']];
    expect(html`(${items})`.text).toBe('(<i>1</i><br>&lt;0)');
  });
});
