/** Elements made and changed by hand, for what is drawn too often to be compared as a whole. */

type Attributes = Readonly<Record<string, string>>;

export function make(
  tag: string,
  class_name: string,
  attributes: Attributes = {},
  children: readonly (Node | string)[] = [],
): HTMLElement {
  const element = document.createElement(tag);
  element.className = class_name;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * An element and what was last written to it. What is written anew is laid out anew, even where it
 * is the same, and asking the document costs more than remembering: nobody else may write to it.
 */
export class Drawn {
  readonly element: HTMLElement;
  readonly #known = new Map<string, string | null>();
  #text: Text | null = null;

  constructor(element: HTMLElement) {
    this.element = element;
  }

  /** The element's only child. */
  text(text: string): void {
    if (!this.#text) {
      this.#text = document.createTextNode(text);
      this.element.append(this.#text);
    } else if (this.#text.data !== text) this.#text.data = text;
  }

  /** @param value null takes the attribute away. */
  set(name: string, value: string | null): void {
    if ((this.#known.get(name) ?? null) === value) return;
    this.#known.set(name, value);
    if (value === null) this.element.removeAttribute(name);
    else if (name === 'class') this.element.className = value;
    else this.element.setAttribute(name, value);
  }

  /** A style property; null takes it away. The page's policy forbids style attributes, not this. */
  style(name: string, value: string | null): void {
    const key = `style ${name}`;
    if ((this.#known.get(key) ?? null) === value) return;
    this.#known.set(key, value);
    this.element.style.setProperty(name, value);
  }
}
