/**
 * A real VS Code in a real browser, with BooCode in it: a server from the cache, a page, and the
 * moves that a user makes there. Waits are on what VS Code shows, never on time.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Browser,
  chromium,
  type FrameLocator,
  type Locator,
  type Page,
} from 'playwright-core';
import { ensureBrowser } from '../../scripts/lib/browser.mjs';
import { ROOT, TEST_RESULTS } from '../../scripts/lib/paths.mjs';
import {
  ensureVSCode,
  installFolder,
  installVsix,
  type Server,
  startServer,
  writeSettings,
} from '../../scripts/lib/vscode.mjs';
import { extensionHosts } from './processes.ts';

export const THEMES = {
  light: { id: 'Light 2026', label: 'Light 2026', body: 'vs' },
  dark: { id: 'Dark 2026', label: 'Dark 2026', body: 'vs-dark' },
  hcDark: { id: 'Default High Contrast', label: 'Dark High Contrast', body: 'hc-black' },
  hcLight: { id: 'Default High Contrast Light', label: 'Light High Contrast', body: 'hc-light' },
} as const;
export type Theme = keyof typeof THEMES;

export interface LaunchOptions {
  /** Absolute path of the folder to open; null opens none. */
  readonly workspace: string | null;
  /** User settings beyond the quiet ones; workspace trust is off unless set here. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly theme?: Theme;
  /** The built extension to install; the checkout by default. */
  readonly extension?: string;
  /** Folders of more extensions to install. */
  readonly others?: readonly string[];
  /** A packaged extension to install instead. */
  readonly vsix?: string;
  /** Folder for installed extensions; a fresh one by default. */
  readonly extensionsDir?: string;
  /** VS Code's data folder; a fresh one by default. Give one to start on an earlier session's data. */
  readonly userDataDir?: string;
  /** Environment of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** A module whose `run()` the extension host executes; notifications are silent then. */
  readonly testsPath?: string;
  /** Called on the page before it loads. */
  readonly preparePage?: (page: Page) => Promise<void>;
  /** Pixels. */
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** How long one visible reaction of VS Code may take, milliseconds. */
const PATIENCE = 30_000;

export class VSCodeHost {
  readonly page: Page;
  readonly server: Server;
  readonly userDataDir: string;
  /** Lines that the page and the extension host wrote to the console. */
  readonly console: readonly string[];
  readonly #browser: Browser;
  readonly #temporary: string;

  constructor(parts: {
    page: Page;
    server: Server;
    browser: Browser;
    userDataDir: string;
    temporary: string;
    console: readonly string[];
  }) {
    this.page = parts.page;
    this.server = parts.server;
    this.userDataDir = parts.userDataDir;
    this.console = parts.console;
    this.#browser = parts.browser;
    this.#temporary = parts.temporary;
  }

  /** Waits until the workbench is restored and knows its extensions. */
  async ready(): Promise<void> {
    for (const mark of ['code/didStartWorkbench', 'code/didLoadExtensions']) {
      await this.page.waitForFunction(`performance.getEntriesByName('${mark}').length > 0`);
    }
  }

  /** Opens the command palette and runs the command with exactly this title, category included. */
  async runCommand(title: string): Promise<void> {
    const row = this.#row(title, true);
    // The palette lists what is registered at the moment it opens, a webview may hold the keyboard,
    // and the extension host may still be reading its extensions: ask until the command is there.
    await retry(async () => {
      await this.page.keyboard.press('Escape');
      await this.page.keyboard.press('F1');
      await this.quickInput().locator('input').fill(`>${title}`, { timeout: 2_000 });
      await row.waitFor({ timeout: 2_000 });
    });
    await row.click();
  }

  /** The box of quick picks, input boxes and the palette. */
  quickInput(): Locator {
    return this.page.locator('.quick-input-widget').filter({ visible: true });
  }

  /** Chooses the row of the open quick pick whose label contains the text, by searching for it. */
  async quickPick(text: string): Promise<void> {
    // A long list holds only the rows in view.
    await this.quickInput().locator('input').first().fill(text);
    await this.#row(text, false).click();
  }

  /**
   * Runs a command that shows a list, until a row whose label contains the text is in it. A panel that
   * opened just before may take the keyboard, which closes a list: then it is asked again.
   */
  async list(command: string, text: string): Promise<void> {
    await retry(async () => {
      await this.runCommand(command);
      await this.#row(text, false).waitFor({ timeout: 5_000 });
    });
  }

  /** The same, and chooses that row by searching for it. */
  async choose(command: string, text: string): Promise<void> {
    await retry(async () => {
      await this.runCommand(command);
      await this.quickInput().locator('input').first().fill(text, { timeout: 5_000 });
      await this.#row(text, false).click({ timeout: 5_000 });
    });
  }

  /** Types into the open input box and accepts it. */
  async type(text: string): Promise<void> {
    const input = this.quickInput().locator('input').first();
    await input.fill(text);
    await input.press('Enter');
  }

  #row(text: string, exact: boolean): Locator {
    const label = this.page
      .locator('.quick-input-list-entry .quick-input-list-row:first-child .label-name')
      .getByText(text, { exact });
    return this.quickInput().locator('.monaco-list-row').filter({ has: label }).first();
  }

  /** Notifications on screen. */
  notifications(): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item');
  }

  /** The texts of the notifications on screen. */
  async notificationTexts(): Promise<string[]> {
    return this.notifications().locator('.notification-list-item-message').allInnerTexts();
  }

  /**
   * The document inside the webview panel whose tab has this title; brings the tab to the front.
   * `place` counts tabs of the same title from 0.
   */
  async webview(title: string, place = 0): Promise<FrameLocator> {
    const tab = this.page.locator('.tab').filter({ hasText: title }).nth(place);
    await tab.click();
    return this.shownWebview();
  }

  /** The document inside the webview panel in view. */
  shownWebview(): FrameLocator {
    return this.#inner('iframe.webview.ready:not([src*="purpose=webviewView"])');
  }

  /** The document inside the one visible webview of a side bar or panel view. */
  webviewView(): FrameLocator {
    return this.#inner('iframe.webview.ready[src*="purpose=webviewView"]');
  }

  /** VS Code wraps each webview in a frame of its own; the extension's page is the one inside. */
  #inner(outer: string): FrameLocator {
    const frame = this.page.locator(outer).filter({ visible: true });
    return frame.contentFrame().locator('#active-frame').contentFrame();
  }

  /** Changes the colour theme and waits until the workbench wears it. */
  async setTheme(theme: Theme): Promise<void> {
    await this.runCommand('Preferences: Color Theme');
    await this.quickInput().locator('input').fill(THEMES[theme].label);
    await this.#row(THEMES[theme].label, true).click();
    await this.page.locator(`.monaco-workbench.${THEMES[theme].body}`).first().waitFor();
  }

  /** Saves what the page shows as test-results/<name>.png. Returns the path. */
  async screenshot(name: string): Promise<string> {
    const path = join(TEST_RESULTS, `${name}.png`);
    mkdirSync(TEST_RESULTS, { recursive: true });
    await this.page.screenshot({ path });
    return path;
  }

  /** Reloads the window by its command, which writes down what panels keep before it does. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('load');
    await this.runCommand('Developer: Reload Window');
    await loaded;
    await this.ready();
  }

  /** Names the file in the open save dialog. */
  async saveAs(path: string): Promise<void> {
    const input = this.quickInput().locator('input').first();
    // The dialog writes its own suggestion once it has looked at the folder.
    await retry(async () => {
      if (!/\.\w+$/.test(await input.inputValue())) throw new Error('The dialog suggests no name.');
    });
    await input.fill(path);
    await input.press('Enter');
  }

  /** Chooses a file of the workspace's folder in the dialog that asks for one to open. */
  async openFile(name: string): Promise<void> {
    await this.#row(name, true).click();
  }

  /** All log files below VS Code's log folder whose path contains `part`, joined. */
  logs(part = ''): string {
    const root = join(this.userDataDir, 'logs');
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .map((entry) => ({ entry, path: join(entry.parentPath, entry.name) }))
      .filter(({ entry, path }) => entry.isFile() && path.includes(part))
      .map(({ path }) => `== ${path.slice(root.length + 1)}\n${readFileSync(path, 'utf8')}`)
      .join('\n');
  }

  /** Kills the extension host without warning, as a crash does. Returns its process id. */
  async killExtensionHost(): Promise<number> {
    const [pid] = await extensionHosts(this.server.pid);
    if (!pid) throw new Error('There is no extension host to kill.');
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  /** Closes browser and server, and removes their folders. `keep` names one in test-results. */
  async close(keep?: string): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
    if (keep) cpSync(join(this.userDataDir, 'logs'), join(TEST_RESULTS, keep), { recursive: true });
    rmSync(this.#temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Starts VS Code and waits until it is ready for a user. Close what it returns. */
export async function launchVSCode(options: LaunchOptions): Promise<VSCodeHost> {
  await ensureVSCode();
  const browserFile = await ensureBrowser();
  const temporary = mkdtempSync(join(tmpdir(), 'boocode-vscode-'));
  const userDataDir = options.userDataDir ?? join(temporary, 'data');
  const extensionsDir = options.extensionsDir ?? join(temporary, 'extensions');
  writeSettings(userDataDir, {
    'security.workspace.trust.enabled': false,
    'workbench.colorTheme': THEMES[options.theme ?? 'dark'].id,
    ...options.settings,
  });
  const source = options.extension ?? ROOT;
  const inHost = options.testsPath
    ? { developmentPath: source, testsPath: options.testsPath }
    : undefined;
  if (options.vsix) await installVsix(options.vsix, { userDataDir, extensionsDir });
  else if (!inHost) installFolder(source, extensionsDir);
  for (const folder of options.others ?? []) installFolder(folder, extensionsDir);
  const env = { ...options.env };
  const server = await startServer({
    userDataDir,
    extensionsDir,
    env,
    driver: inHost !== undefined,
  });
  const browser = await chromium.launch({
    executablePath: browserFile.executablePath,
    env: withoutGaps(browserFile.env),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--font-render-hinting=none',
    ],
  });
  const viewport = options.viewport ?? { width: 1280, height: 800 };
  const page = await browser.newPage({ viewport, reducedMotion: 'reduce' });
  page.setDefaultTimeout(PATIENCE);
  const lines: string[] = [];
  page.on('console', (message) => lines.push(message.text()));
  page.on('pageerror', (error) => lines.push(String(error)));
  const host = new VSCodeHost({ page, server, browser, userDataDir, temporary, console: lines });
  try {
    await options.preparePage?.(page);
    await page.goto(
      server.address({
        ...(options.workspace === null ? {} : { folder: options.workspace }),
        ...inHost,
      }),
    );
    await host.ready();
    return host;
  } catch (error) {
    await host.screenshot('launch-failed').catch(() => {});
    await host.close();
    throw new Error(
      `VS Code did not become ready.\n${server.output()}\n${lines.slice(-20).join('\n')}`,
      {
        cause: error,
      },
    );
  }
}

function withoutGaps(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? '']));
}

/** Repeats an attempt until it succeeds or the patience is over; then throws its last error. */
async function retry(attempt: () => Promise<void>): Promise<void> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}
