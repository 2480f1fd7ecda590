/** A user without a mouse: keys alone, and what has the keyboard is looked at, never set. */
import type { Locator } from 'playwright-core';
import type { VSCodeHost } from './host.ts';

/** More tab stops than any of our screens has on the way to somewhere. */
const STOPS = 120;
const ROWS = 200;

export class Keys {
  readonly #host: VSCodeHost;

  constructor(host: VSCodeHost) {
    this.#host = host;
  }

  press(key: string): Promise<void> {
    return this.#host.page.keyboard.press(key);
  }

  type(text: string): Promise<void> {
    return this.#host.page.keyboard.type(text);
  }

  /** Runs a command by its title in the palette. */
  async command(title: string): Promise<void> {
    await this.press('F1');
    await this.#host.quickInput().waitFor();
    await this.type(title);
    await this.choose(title);
  }

  /** Chooses the row of the open list that has this label. */
  async choose(label: string): Promise<void> {
    const row = this.#host
      .quickInput()
      .locator('.monaco-list-row.focused .quick-input-list-row:first-child .label-name')
      .getByText(label, { exact: true });
    await this.#host.quickInput().locator('.monaco-list-row.focused').waitFor();
    for (let n = 0; (await row.count()) === 0; n++) {
      if (n === ROWS) throw new Error(`"${label}" cannot be reached in the list.`);
      await this.press('ArrowDown');
    }
    await this.press('Enter');
  }

  /** Moves the keyboard to the element, tab stop by tab stop. */
  async to(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    await target.waitFor();
    for (let n = 0; !(await focused(target)); n++) {
      if (n === STOPS) throw new Error(`${target} cannot be reached with ${key}.`);
      await this.press(key);
    }
  }

  /** Moves the keyboard to the element and presses Enter there. */
  async use(target: Locator, key: 'Tab' | 'Shift+Tab' = 'Shift+Tab'): Promise<void> {
    await this.to(target, key);
    await this.press('Enter');
  }
}

// An element with a shadow has the keyboard inside of it.
const focused = (target: Locator): Promise<boolean> =>
  target.evaluate((element) => element.matches(':focus, :focus-within'));
