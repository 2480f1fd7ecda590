/** The composition root: store, models, tools, agents and workflows, put together once, no globals. */
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { runAgent } from './agents/loop.ts';
import { type Chats, createChats } from './chat/chats.ts';
import { createModels } from './models/models.ts';
import { type OfflineServer, startOfflineServer } from './models/offline/server.ts';
import type { Models } from './models/port.ts';
import type { Settings } from './settings.ts';
import { openStore } from './store/open.ts';
import { keepSmall } from './store/retention.ts';
import type { Store } from './store/store.ts';
import { saveExport } from './telemetry/export.ts';
import { Exporter, type ExporterHealth } from './telemetry/exporter.ts';
import { observed } from './telemetry/observe.ts';
import { createChatTools, createWorkflowTools } from './tools/acting.ts';
import type { EditorPort } from './tools/editor_port.ts';
import { createWorkflows, type WorkflowManager } from './workflows/manager.ts';
import { WorkflowError } from './workflows/workflow.ts';

export interface AppOptions {
  /** The store's folder for this workspace; made when missing. */
  readonly storeFolder: string;
  /** The workspace folder, or null where none is open on a disk. */
  readonly workspace: string | null;
  readonly home: string;
  /** Where `dist` and `workflows` lie. */
  readonly extensionFolder: string;
  readonly settings: () => Settings;
  readonly exclude: () => readonly string[];
  readonly trusted: () => boolean;
  /** False where nobody can be asked whether an agent may act: then it may not. Default: true. */
  readonly attended?: boolean;
  /** What the editor knows beyond the disk; absent without an editor. */
  readonly editor?: EditorPort;
  readonly getKey: () => Promise<string | undefined>;
  /** Headers for the receiver of traces, as `name=value,name=value`; absent: none. */
  readonly getTraceHeaders?: () => Promise<string | undefined>;
  readonly log: {
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
  };
}

export interface App {
  readonly store: Store;
  readonly workflows: WorkflowManager;
  readonly chats: Chats;
  /** How sending traces to the receiver of the settings goes. */
  readonly traceExport: {
    health(): ExporterHealth;
    onHealth(listener: (health: ExporterHealth) => void): () => void;
  };
  /**
   * Writes a session to a file as OTLP/JSON; `content` adds prompts, answers and results.
   * @throws Error where the session is unknown or the file cannot be written.
   */
  exportTraces(session_id: string, path: string, content: boolean): Promise<void>;
  /** Ends what is at work and closes the store. */
  close(): Promise<void>;
}

/** The wait before the first repeat of a model call; it doubles from there. */
const RETRY_BASE_MS = 500;

/** @throws StoreError when the store cannot be opened. */
export async function createApp(options: AppOptions): Promise<App> {
  const { log } = options;
  const dist = join(options.extensionFolder, 'dist');
  const kept = await openStore({
    folder: options.storeFolder,
    workerPath: join(dist, 'store-worker.cjs'),
    wasmPath: join(dist, 'sql-wasm-debug.wasm'),
    log: (message) => log.warn(message),
  });
  kept.onHealth(({ state, message }) => {
    if (message !== undefined) log.error(message);
    else if (state !== 'ok') log.error('The store cannot be written.');
  });
  const version = await ownVersion(options.extensionFolder);
  const exporter = new Exporter({
    store: kept,
    version,
    config: () => exporterConfig(options.settings()),
    headers: async () => options.getTraceHeaders?.(),
    log,
  });
  const store = observed(kept, (frame) => exporter.take(frame));
  // What a dead process left is ended here, so its spans are told here.
  const unsubscribe = store.subscribe((frame) => exporter.take(frame));
  const interrupted = await store.recover();
  unsubscribe();
  for (const session of interrupted) {
    log.info(`"${session.title}" was cut off by the end of its process and is marked interrupted.`);
  }
  const stopRemoving = keepSmall(
    store,
    () => {
      const { storeMaxAgeDays: days, storeMaxSizeMB: megabytes } = options.settings();
      return {
        max_age_ms: days > 0 ? days * 24 * 3600 * 1000 : null,
        max_bytes: megabytes > 0 ? megabytes * 1024 * 1024 : null,
      };
    },
    log,
  );
  const models = modelChoice(options);
  const tools = createWorkflowTools();
  const root = options.workspace === null ? null : await realpath(options.workspace);
  const chatTools = createChatTools(options.editor);
  const chats = createChats({
    store,
    folder: join(options.storeFolder, 'blobs'),
    house: async () => {
      if (root === null) {
        throw new Error('A chat works on a folder, and no folder is open. Open one first.');
      }
      return {
        store,
        models: await models.current(),
        tools: chatTools,
        root,
        exclude: options.exclude(),
      };
    },
    settings: options.settings,
    trusted: options.trusted,
    editor: options.editor,
    log: (message) => log.warn(message),
  });
  const workflows = createWorkflows({
    store,
    runAgent,
    house: async () => {
      if (root === null) {
        throw new WorkflowError(
          'A workflow works on a folder, and no folder is open. Open one first.',
        );
      }
      const { editor } = options;
      const unsaved = editor && ((absolute: string): boolean => editor.unsaved(absolute));
      return {
        ...{ store, models: await models.current(), tools, root, exclude: options.exclude() },
        ...(unsaved ? { unsaved } : {}),
      };
    },
    folders: {
      workspace: root,
      home: options.home,
      builtin: join(options.extensionFolder, 'workflows'),
    },
    worktrees: join(options.storeFolder, 'worktrees'),
    blobs: join(options.storeFolder, 'blobs'),
    attended: options.attended ?? true,
    trusted: options.trusted,
    settings: options.settings,
    sandbox: {
      childPath: join(dist, 'sandbox-child.mjs'),
      extensionFolder: options.extensionFolder,
    },
    log: (message: string) => log.warn(message),
  });
  // Turns go on in the background: whoever opens the app need not wait for a model.
  void chats.recover(interrupted);
  chats.sweep().catch((error: unknown) => {
    log.warn(`Files that no chat needs any more could not be removed: ${String(error)}`);
  });
  return {
    store,
    workflows,
    chats,
    traceExport: exporter,
    exportTraces: (session_id, path, content) =>
      saveExport(store, session_id, path, { version, content, now: Date.now() }),
    async close() {
      stopRemoving();
      await chats.close();
      await workflows.close();
      await exporter.close();
      await models.close();
      await store.close();
    },
  };
}

/** The version that the package names; every span carries it. */
async function ownVersion(extensionFolder: string): Promise<string> {
  const text = await readFile(join(extensionFolder, 'package.json'), 'utf8');
  return z.parse(z.object({ version: z.string() }), JSON.parse(text)).version;
}

function exporterConfig(settings: Settings) {
  const { traceExportEndpoint, traceExportProtocol, traceExportContent } = settings;
  if (traceExportEndpoint.trim() === '') return null;
  return {
    endpoint: traceExportEndpoint.trim(),
    protocol: traceExportProtocol,
    content: traceExportContent,
  };
}

/** Who answers: the configured provider, or the offline server where there is no key for it. */
function modelChoice(options: AppOptions): {
  current(): Promise<Models>;
  close(): Promise<void>;
} {
  let offline: Promise<OfflineServer> | undefined;
  return {
    async current() {
      const settings = options.settings();
      const key = await options.getKey();
      const simulated =
        settings.provider === 'offline' || (settings.provider === 'deepseek' && !key);
      if (simulated) offline ??= startOfflineServer({ keep_requests: 0 });
      return createModels({
        provider: simulated ? 'offline' : settings.provider,
        baseURL: simulated ? (await offline)?.url : settings.baseUrl || undefined,
        model: settings.model,
        getKey: simulated ? async () => undefined : options.getKey,
        timeouts: {
          first_chunk_ms: settings.modelFirstChunkTimeout * 1000,
          stall_ms: settings.modelStallTimeout * 1000,
        },
        retries: { max: settings.modelMaxRetries, base_ms: RETRY_BASE_MS },
      });
    },
    async close() {
      await (await offline)?.close();
    },
  };
}
