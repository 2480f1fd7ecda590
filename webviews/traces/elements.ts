/** Elements made and changed by hand, for what is drawn too often to be compared as a whole. */

type Attributes = Readonly<Record<string, string>>;

export function make(
  tag: string,
  class_name: string,
  attributes: Attributes = {},
  children: readonly Node[] = [],
): HTMLElement {
  const element = document.createElement(tag);
  element.className = class_name;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** What is written anew is laid out anew, even where it is the same: hence the comparisons. */
export function setText(element: Element, text: string): void {
  const known = element.firstChild;
  if (known instanceof Text) {
    if (known.data !== text) known.data = text;
  } else element.textContent = text;
}

/** @param value null takes the attribute away. */
export function setAttribute(element: Element, name: string, value: string | null): void {
  if (element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}

/** @param value as the browser would write it; null takes the property away. */
export function setStyle(element: HTMLElement, name: string, value: string | null): void {
  // The page's policy forbids style attributes, not this.
  if (element.style.getPropertyValue(name) === (value ?? '')) return;
  element.style.setProperty(name, value);
}
