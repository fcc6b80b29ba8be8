/** HTML or SVG, in contrast to text, which is still to be escaped. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Content = Markup | string | number | undefined | readonly Content[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const render = (content: Content): string => {
  if (content instanceof Markup) return content.text;
  if (Array.isArray(content)) return content.map(render).join('');
  return String(content ?? '').replace(/[&<>"']/g, (character) => entities[character]);
};

/** A template whose values are escaped, in elements as in quoted attributes, unless they are Markup; `undefined` is nothing. */
export const html = (strings: TemplateStringsArray, ...values: readonly Content[]): Markup =>
  new Markup(String.raw({ raw: strings }, ...values.map(render)));
