/** What the chats of a test work with; shared by the test's process and its children. */
import path from 'node:path';
import type { AgentHouse } from '../../src/agents/agent.ts';
import type { ChatsOptions } from '../../src/chat/chats.ts';
import { createModels } from '../../src/models/models.ts';
import { OFFLINE_MODEL } from '../../src/models/offline/server.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/settings.ts';
import type { Store } from '../../src/store/store.ts';
import type { EditorPort } from '../../src/tools/editor_port.ts';
import { createTools } from '../../src/tools/registry.ts';
import type { Tool } from '../../src/tools/tool.ts';

export interface HouseOptions {
  readonly settings?: Partial<Settings>;
  readonly trusted?: boolean;
  /** Whose protocol the server is spoken to in; offline unless named. */
  readonly provider?: 'offline' | 'deepseek';
  readonly editor?: EditorPort;
  readonly tools?: readonly Tool[];
  /** Stands before the store, to keep facts from it. */
  readonly before?: (store: Store) => Store;
}

export function chatsOptions(
  folder: string,
  url: string,
  opened: Store,
  options: HouseOptions,
  log: (message: string) => void,
): ChatsOptions {
  const store = options.before?.(opened) ?? opened;
  const settings = { ...DEFAULT_SETTINGS, provider: 'offline' as const, ...options.settings };
  const house = async (): Promise<AgentHouse> => ({
    store,
    models: createModels({
      provider: options.provider ?? 'offline',
      baseURL: url,
      model: OFFLINE_MODEL,
      getKey: async () => (options.provider === 'deepseek' ? 'a-key' : undefined),
      timeouts: { first_chunk_ms: 20_000, stall_ms: 20_000 },
      retries: { max: 0, base_ms: 1 },
    }),
    tools: new Map([...createTools(), ...(options.tools ?? []).map((t) => [t.name, t] as const)]),
    root: path.join(folder, 'workspace'),
    exclude: [],
  });
  return {
    store,
    folder: path.join(folder, 'blobs'),
    house,
    settings: () => settings,
    trusted: () => options.trusted ?? true,
    editor: options.editor,
    log,
  };
}
