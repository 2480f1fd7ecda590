/** Files dragged from the editor's own lists: they come as addresses and become mentions. */
import type { MentionItem } from '../../src/contracts/chat.ts';
import type { Host } from '../ui/host.ts';

const LISTS = ['application/vnd.code.uri-list', 'text/uri-list'];

/** Whether something is dragged that the input takes: images, or files of the workspace. */
export function isTaken(data: DataTransfer | null): boolean {
  return data !== null && ['Files', ...LISTS].some((type) => data.types.includes(type));
}

/** @returns paths of the dropped files, with `/`; none where no files were dropped. */
export function droppedPaths(data: DataTransfer | null): string[] {
  const text = LISTS.map((type) => data?.getData(type) ?? '').find((list) => list !== '') ?? '';
  return text.split(/\r?\n/).flatMap((line) => {
    if (line === '' || line.startsWith('#') || !/^(?:file|vscode-remote):\/\//.test(line))
      return [];
    try {
      return [decodeURIComponent(new URL(line).pathname)];
    } catch {
      return [];
    }
  });
}

/** @returns the workspace's file at this path, or null where the workspace has none. */
export async function mentionOf(host: Host, path: string): Promise<MentionItem | null> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const { items } = await host.request('chat.mentions', { text: name });
  const fits = items.filter(
    ({ mention }) => mention.kind === 'file' && path.endsWith(`/${mention.path}`),
  );
  // Of `a/b.ts` and `b.ts` the longer one is the file that was dragged.
  return fits.sort((a, b) => b.label.length - a.label.length)[0] ?? null;
}
