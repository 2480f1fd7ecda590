/** Everything that runs inside the extension host, so that one VS Code serves it; activation first. */
import { tests as activation } from './activation.ts';
import { tests as code } from './code.ts';

export const tests = { ...activation, ...code };
