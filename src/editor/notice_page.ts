/** A page of words and buttons, for an editor whose screen cannot be shown, or not yet. */

export interface NoticeButton {
  /** Posted as `{ action }` when it is pressed. */
  readonly action: string;
  readonly label: string;
}

export interface NoticeOptions {
  readonly title: string;
  readonly text: string;
  readonly buttons: readonly NoticeButton[];
  /** A language tag, for screen readers. */
  readonly language: string;
  /** Base64; the page's own script and style carry it. */
  readonly nonce: string;
}

/** @returns the whole document. */
export function noticeHtml({ title, text, buttons, language, nonce }: NoticeOptions): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'`;
  const list = buttons.map(
    ({ action, label }) => `<button data-action="${escaped(action)}">${escaped(label)}</button>`,
  );
  return `<!DOCTYPE html>
<html lang="${escaped(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>BooCode</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main role="status">
<h1>${escaped(title)}</h1>
<p>${escaped(text)}</p>
<div class="buttons">${list.join('\n')}</div>
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>`;
}

const STYLE = `
main { max-width: 60ch; margin: 15vh auto 0; padding: 0 16px; overflow-wrap: anywhere; }
h1 { font-size: 1.3em; font-weight: 600; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 16px; }
button {
  padding: 6px 12px; font: inherit; cursor: pointer; border-radius: 3px;
  border: 1px solid var(--vscode-button-border, transparent);
  color: var(--vscode-button-foreground); background: var(--vscode-button-background);
}
button:hover { background: var(--vscode-button-hoverBackground); }
button + button {
  color: var(--vscode-button-secondaryForeground);
  background: var(--vscode-button-secondaryBackground);
}
button + button:hover { background: var(--vscode-button-secondaryHoverBackground); }
button:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
`;

const SCRIPT = `
const host = acquireVsCodeApi();
for (const button of document.querySelectorAll('button')) {
  button.addEventListener('click', () => host.postMessage({ action: button.dataset.action }));
}
`;

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
