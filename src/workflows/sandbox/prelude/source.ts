/** Puts the prelude together as the one text that is compiled in every fresh isolate. */
import { createAgents } from './agents.ts';
import { createApi } from './api.ts';
import { makeDeterministic } from './determinism.ts';
import { jsonWriter } from './json.ts';
import { createControls } from './main.ts';
import { showing } from './show.ts';
import { createWire } from './wire.ts';

/** The name of the prelude in stacks; its frames are not shown to users. */
export const PRELUDE_FILE = 'boocode:prelude';

/**
 * An expression: a function of the host call, the settings and the arguments as JSON text,
 * which sets the script's globals and returns the controls. Functions are taken by their
 * source, so they are checked and bundled like all other code and still run elsewhere.
 */
export const PRELUDE = `'use strict'; (host, settingsText, argsText) => {
const settings = JSON.parse(settingsText);
const args = argsText === undefined ? undefined : JSON.parse(argsText);
(${makeDeterministic})();
const toJson = (${jsonWriter})();
const wire = (${createWire})(host, toJson, settings);
const agents = (${createAgents})(wire);
const api = (${createApi})(wire, agents, (${showing})(), settings);
for (const [name, value] of Object.entries({ ...api, args })) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}
return (${createControls})(host, wire, toJson, settings, args);
}`;
