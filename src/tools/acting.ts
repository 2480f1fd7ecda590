/** The tools of chats and workflows beyond the reading ones, in an order that never changes. */
import { createDiagnostics } from './diagnostics.ts';
import { createEditFile } from './edit_file.ts';
import type { EditorPort } from './editor_port.ts';
import { createTools } from './registry.ts';
import { createRunCommand } from './run_command.ts';
import { createSearchSymbols } from './search_symbols.ts';
import type { Tool } from './tool.ts';
import { createWriteFile } from './write_file.ts';

/** The tools of a workflow's agents, which have no editor to ask. */
export function createWorkflowTools(): ReadonlyMap<string, Tool> {
  const tools: readonly Tool[] = [
    ...createTools().values(),
    createEditFile(),
    createWriteFile(),
    createRunCommand(),
  ];
  return new Map(tools.map((tool) => [tool.name, tool]));
}

/** @param editor absent: the tools that ask the editor are not offered. */
export function createChatTools(editor: EditorPort | undefined): ReadonlyMap<string, Tool> {
  const tools: Tool[] = [
    ...createTools().values(),
    createEditFile(),
    createWriteFile(),
    createRunCommand(),
  ];
  if (editor) tools.push(createDiagnostics(editor), createSearchSymbols(editor));
  return new Map(tools.map((tool) => [tool.name, tool]));
}
