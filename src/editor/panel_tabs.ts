/**
 * Knows which of our tabs somebody answers. When the extension host dies or is restarted, VS Code
 * keeps the tabs of its panels with their pages in them, but restores panels only when the window
 * is loaded: such a tab is stranded. It is replaced by a new panel as soon as it can be seen.
 */
import * as vscode from 'vscode';
import * as z from 'zod/mini';

/** A panel as the next host finds it. */
const Kept = z.object({ view_type: z.string(), session_id: z.string(), label: z.string() });
export type KeptPanel = z.infer<typeof Kept>;

/** Where the new panel belongs. */
export type Place = { readonly viewColumn: vscode.ViewColumn; readonly preserveFocus: boolean };

export interface PanelTabsOptions {
  readonly memory: vscode.Memento;
  /** Called where the window has tabs of ours: what was at work goes on without a click. */
  readonly found: () => Promise<unknown>;
  readonly reopen: (panel: KeptPanel, place: Place) => Promise<void>;
  readonly log: (message: string) => void;
}

export interface PanelTabs extends vscode.Disposable {
  /** Says that this host answers the panel, from now until it is closed. */
  serving(panel: vscode.WebviewPanel, session_id: string): void;
  /** Says that the title of a panel has changed. */
  renamed(): void;
  /** Looks for stranded tabs, now and whenever others come into view. */
  watch(options: Omit<PanelTabsOptions, 'memory' | 'log'>): void;
}

const KEY = 'boocode.panels';
/** VS Code restores a panel within milliseconds of its tab coming into view; this is ample. */
const RESTORED_AFTER_MS = 2_000;

export function createPanelTabs(
  options: Pick<PanelTabsOptions, 'memory' | 'log'> & { readonly view_types: readonly string[] },
): PanelTabs {
  const { memory, log, view_types } = options;
  const live = new Map<vscode.WebviewPanel, string>();
  const disposables: vscode.Disposable[] = [];
  let left: KeptPanel[] = z.catch(z.array(Kept), []).parse(memory.get(KEY) ?? []);
  let timer: NodeJS.Timeout | undefined;

  const save = (): void => {
    const mine = [...live].map(([{ viewType, title }, session_id]) => ({
      ...{ view_type: viewType, session_id, label: title },
    }));
    left = left.filter((old) => !mine.some((panel) => same(panel, old)));
    void memory.update(KEY, [...left, ...mine]);
  };
  const typeOf = ({ input }: vscode.Tab): string | undefined =>
    input instanceof vscode.TabInputWebview
      ? // VS Code puts a prefix of its own before the type.
        view_types.find((type) => input.viewType === type || input.viewType.endsWith(`-${type}`))
      : undefined;
  const ours = (): { tab: vscode.Tab; view_type: string }[] =>
    vscode.window.tabGroups.all.flatMap(({ tabs }) =>
      tabs.flatMap((tab) => {
        const view_type = typeOf(tab);
        return view_type === undefined ? [] : [{ tab, view_type }];
      }),
    );

  const stranded = (): { tab: vscode.Tab; view_type: string }[] => {
    const shown = [...live.keys()].filter((panel) => panel.visible);
    const seen = ours().filter(({ tab }) => tab.isActive);
    if (seen.length <= shown.length) return [];
    return seen.filter(
      ({ tab, view_type }) =>
        !shown.some((p) => p.viewType === view_type && p.viewColumn === tab.group.viewColumn),
    );
  };

  const replace = async (
    tab: vscode.Tab,
    view_type: string,
    reopen: PanelTabsOptions['reopen'],
  ): Promise<void> => {
    const kept = left.find((old) => old.view_type === view_type && old.label === tab.label);
    const known = [...live.keys()].find((p) => p.viewType === view_type && p.title === tab.label);
    const { viewColumn } = tab.group;
    const preserveFocus = !tab.group.isActive;
    if (kept) await reopen(kept, { viewColumn, preserveFocus });
    else if (known) known.reveal(undefined, preserveFocus);
    // Nobody knows what it showed.
    else return;
    await vscode.window.tabGroups.close(tab, true);
  };

  return {
    serving(panel, session_id) {
      if (live.has(panel)) return;
      live.set(panel, session_id);
      panel.onDidDispose(() => {
        live.delete(panel);
        save();
      });
      save();
    },
    renamed: save,
    watch({ found, reopen }) {
      const look = async (): Promise<void> => {
        if (stranded().length > 0) await found();
        // Some may have been restored while the app was opened.
        for (const { tab, view_type } of stranded()) await replace(tab, view_type, reopen);
        const tabs = ours();
        left = left.filter((old) =>
          tabs.some(({ tab, view_type }) => view_type === old.view_type && tab.label === old.label),
        );
        save();
      };
      const soon = (): void => {
        if (ours().length <= live.size) return;
        clearTimeout(timer);
        timer = setTimeout(() => {
          look().catch((error: unknown) => log(`A panel could not be opened again: ${error}`));
        }, RESTORED_AFTER_MS);
      };
      const { tabGroups } = vscode.window;
      disposables.push(tabGroups.onDidChangeTabs(soon), tabGroups.onDidChangeTabGroups(soon));
      if (ours().length > 0) found().catch((error: unknown) => log(String(error)));
      soon();
    },
    dispose() {
      clearTimeout(timer);
      for (const disposable of disposables) disposable.dispose();
    },
  };
}

function same(a: KeptPanel, b: KeptPanel): boolean {
  return a.view_type === b.view_type && a.session_id === b.session_id;
}
