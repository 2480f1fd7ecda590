/**
 * Shows a screen in a real Chromium as VS Code would: the same page, the same policy, a bridge in
 * place of `acquireVsCodeApi` whose other end is here and answers like the host.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ensureBrowser } from '../../scripts/lib/browser.mjs';
import type { Frame, Snapshot } from '../../src/contracts/frames.ts';
import {
  type MethodName,
  type Params,
  type Request,
  RequestSchema,
  type Result,
} from '../../src/contracts/requests.ts';
import { snapshotOf } from '../../src/contracts/state.ts';
import { pageHtml } from '../../src/editor/page.ts';
import type { Log } from '../fixtures/log.ts';
import { bundleScreen, ROOT } from './bundle.ts';
import { THEMES, type ThemeName } from './themes.ts';

export type Answers = {
  readonly [M in MethodName]?: (params: Params<M>) => Result<M> | Promise<Result<M>>;
};

export interface OpenOptions {
  readonly screen: string;
  /** What the host knows of the session when the page attaches; frames after that are pushed. */
  readonly log: Log;
  readonly theme?: ThemeName;
  readonly width?: number;
  readonly height?: number;
  readonly zoom?: number;
  readonly reduced_motion?: boolean;
  /** Answers in place of the default ones; one that throws becomes an error reply. */
  readonly answers?: Answers;
  /** What an earlier page has kept with `setState`. */
  readonly kept?: unknown;
}

export interface OpenScreen {
  readonly page: Page;
  /** What the page asked for, in order. */
  readonly requests: readonly Request[];
  asked(method: MethodName): Request[];
  push(frames: readonly Frame[]): Promise<void>;
  /** Posts anything into the page, as only a faulty host would. */
  post(message: unknown): Promise<void>;
  /** What the page has kept with `setState`. */
  kept(): Promise<unknown>;
  /** Broken rules of the content policy, and errors on the console. */
  complaints(): Promise<string[]>;
  /** @returns the path of the picture. */
  picture(name: string): Promise<string>;
  close(): Promise<void>;
}

export interface Harness {
  open(options: OpenOptions): Promise<OpenScreen>;
  close(): Promise<void>;
}

const PICTURES = join(ROOT, 'test-results');

/** Runs before the page's own script; `__toHost` is bound to this process. */
function bridge(kept: unknown): string {
  return `(() => {
    let state = ${JSON.stringify(kept ?? null)} ?? undefined;
    let acquired = false;
    window.__violations = [];
    document.addEventListener('securitypolicyviolation', (e) =>
      window.__violations.push(e.effectiveDirective + ' ' + e.blockedURI + ' ' + e.sample));
    window.acquireVsCodeApi = () => {
      if (acquired) throw new Error('acquireVsCodeApi was called twice');
      acquired = true;
      return {
        postMessage: (message) => { window.__toHost(JSON.stringify(message)); },
        getState: () => state,
        setState: (next) => { state = structuredClone(next); window.__kept = state; },
      };
    };
  })();`;
}

/** The page as the extension makes it, with what VS Code adds to each: the theme and its own rules. */
function themedPage(screen: string, session_id: string, theme: ThemeName): string {
  const nonce = randomBytes(16).toString('base64');
  const { kind, variables } = THEMES[theme];
  const rules = Object.entries(variables).map(([name, value]) => `--vscode-${name}: ${value};`);
  const file = (name: string): string => `/${name}`;
  const page = pageHtml({ screen, session_id, language: 'en', nonce, source: `'self'`, file });
  return page
    .replace(
      '<link ',
      `<style nonce="${nonce}">:root { ${rules.join(' ')} }
@layer vscode-default { html { scrollbar-color: var(--vscode-scrollbarSlider-background) var(--vscode-editor-background); } body { padding: 0 20px; } }</style>
<link `,
    )
    .replace('<body ', `<body class="${kind}" data-vscode-theme-kind="${kind.split(' ')[0]}" `);
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  css: 'text/css',
  ttf: 'font/ttf',
};

/** Starts a browser and a server for the bundles; one of each serves a whole test file. */
export async function startHarness(): Promise<Harness> {
  const files = new Map<string, Uint8Array>();
  const bundled = new Map<string, Promise<void>>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const name = url.pathname.slice(1);
    const file = files.get(name);
    if (name === 'page') {
      const { screen = '', session_id = '', theme = 'dark' } = Object.fromEntries(url.searchParams);
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(themedPage(screen, session_id, themeName(theme)));
    } else if (file) {
      response.setHeader('content-type', TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain');
      response.end(file);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { executablePath, env } = await ensureBrowser();
  const browser = await chromium.launch({
    executablePath,
    env: Object.fromEntries(Object.entries(env).filter((e): e is [string, string] => !!e[1])),
    args: ['--no-sandbox', '--font-render-hinting=none'],
  });

  return {
    async open(options) {
      let bundle = bundled.get(options.screen);
      bundle ??= bundleScreen(options.screen).then((made) => {
        for (const [name, content] of made) files.set(name, content);
      });
      bundled.set(options.screen, bundle);
      await bundle;
      return openScreen(browser, port, options);
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function openScreen(browser: Browser, port: number, options: OpenOptions) {
  const { screen, log, theme = 'dark', zoom = 1 } = options;
  const context = await browser.newContext({
    viewport: { width: options.width ?? 960, height: options.height ?? 760 },
    deviceScaleFactor: zoom,
    reducedMotion: options.reduced_motion ? 'reduce' : 'no-preference',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  const requests: Request[] = [];
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  const post = async (message: unknown): Promise<void> => {
    // As an argument rather than as text: columns are typed arrays, as in VS Code's own channel.
    await page.evaluate(
      (m) => Reflect.get(globalThis, 'postMessage').call(globalThis, m, '*'),
      message,
    );
  };
  await page.exposeFunction('__toHost', async (text: string) => {
    const request = RequestSchema.parse(JSON.parse(text));
    requests.push(request);
    await post(await reply(request, log, options.answers ?? {}));
  });
  await page.addInitScript(bridge(options.kept));
  const query = new URLSearchParams({ screen, theme, session_id: log.session_id });
  await page.goto(`http://127.0.0.1:${port}/page?${query}`);

  return {
    page,
    requests,
    asked: (method: MethodName) => requests.filter((r) => r.method === method),
    push: (frames: readonly Frame[]) => post({ kind: 'frames', frames }),
    post,
    kept: () => page.evaluate('window.__kept'),
    async complaints() {
      const violations = await page.evaluate('window.__violations');
      return [...(Array.isArray(violations) ? violations.map(String) : []), ...errors];
    },
    async picture(name: string) {
      mkdirSync(PICTURES, { recursive: true });
      const path = join(PICTURES, `${name}.png`);
      await page.screenshot({ path });
      return path;
    },
    close: () => context.close(),
  };
}

async function reply(request: Request, log: Log, answers: Answers): Promise<unknown> {
  const { id, method, params } = request;
  try {
    return { kind: 'reply', id, result: await answer(method, params, log, answers) };
  } catch (error) {
    return { kind: 'error', id, message: error instanceof Error ? error.message : String(error) };
  }
}

async function answer(
  method: MethodName,
  params: unknown,
  log: Log,
  answers: Answers,
): Promise<unknown> {
  const own: ((params: never) => unknown) | undefined = answers[method];
  if (own) return own(params as never);
  if (method === 'session.attach') return snapshotFrom(log);
  if (method === 'session.list') return [];
  if (method === 'agent.cancel') return { cancelled: true };
  if (method === 'run.resume' || method === 'run.from' || method === 'step.retry') {
    return { session_id: 'run-2' };
  }
  if (method === 'execution.result') return { result: null };
  return {};
}

/** What the host answers to `session.attach` when it knows this log. */
export function snapshotFrom(log: Log): Snapshot {
  const snapshot = snapshotOf(log.state());
  if (!snapshot) throw new Error('This run is no longer in the store.');
  return snapshot;
}

function themeName(value: string): ThemeName {
  return value === 'light' || value === 'hc_dark' || value === 'hc_light' ? value : 'dark';
}
