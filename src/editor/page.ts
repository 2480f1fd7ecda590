/** The page that a webview shows: one bundle, one root, and a policy that lets in nothing else. */

export interface PageOptions {
  /** Folder name under `webviews/`. */
  readonly screen: string;
  readonly session_id: string;
  /** True where the session was read from a file: what only the store's own can do is left out. */
  readonly from_file?: boolean;
  /** A language tag, for screen readers. */
  readonly language: string;
  /** Base64; the page's own script carries it, and nothing else runs. */
  readonly nonce: string;
  /** Where style sheets, fonts and pictures may come from: a source of a content security policy. */
  readonly source: string;
  /** The address of a file of the bundle. */
  readonly file: (name: string) => string;
}

/** @returns the whole document. */
export function pageHtml(options: PageOptions): string {
  const { screen, session_id, language, nonce, source, file } = options;
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src ${source} 'nonce-${nonce}'`,
    `font-src ${source} data:`,
    `img-src ${source} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${attribute(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta property="csp-nonce" content="${nonce}">
<link rel="stylesheet" href="${file(`${screen}.css`)}">
<title>BooCode</title>
</head>
<body data-screen="${screen}" data-session-id="${attribute(session_id)}"${options.from_file ? ' data-from-file' : ''}>
<div id="root"></div>
<script nonce="${nonce}" src="${file(`${screen}.js`)}"></script>
</body>
</html>`;
}

function attribute(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
