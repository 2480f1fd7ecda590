/**
 * Text of models and scripts as Markdown: HTML is off in the parser, and what it produces is
 * cleaned once more. Links lead to http(s) or to files, and only through the host.
 */
import DOMPurify from 'dompurify';
import MarkdownIt from 'markdown-it';
import { type ComponentType, render } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { markdownBlocks } from './blocks.ts';
import { type ScreenContext, useScreen } from './context.ts';
import { highlight } from './highlight.ts';
import { fileReference, openLinks, safeHref } from './links.ts';
import { memo } from './memo.tsx';
import { UI_STRINGS } from './strings.ts';

/** Longer texts are cut before parsing, in UTF-16 units; the whole is saved or opened as a file. */
const MARKDOWN_LIMIT = 200_000;

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false });
// Bare words such as "readme.md" are file names more often than addresses.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
markdown.validateLink = (href) => safeHref(href) !== null;
markdown.renderer.rules.image = (tokens, index) =>
  markdown.utils.escapeHtml(UI_STRINGS.image(tokens[index]?.content ?? ''));
markdown.renderer.rules.code_inline = (tokens, index) => {
  const text = tokens[index]?.content ?? '';
  const code = `<code>${markdown.utils.escapeHtml(text)}</code>`;
  const href = fileReference(text);
  return href ? `<a href="${markdown.utils.escapeHtml(href)}">${code}</a>` : code;
};
// A code block that overflows sideways must be reachable by keyboard to be scrolled.
markdown.renderer.rules.fence = markdown.renderer.rules.code_block = (tokens, index) => {
  const code = tokens[index]?.content ?? '';
  const language = tokens[index]?.info.trim().split(/[\s{,:]/, 1)[0] ?? '';
  const inner = highlight(code, language) ?? markdown.utils.escapeHtml(code);
  const name = markdown.utils.escapeHtml(language);
  return `<pre tabindex="0"><code${name ? ` class="language-${name}"` : ''}>${inner}</code></pre>\n`;
};
markdown.renderer.rules.table_open = () => '<div class="table-scroll" tabindex="0"><table>\n';
// The page's policy refuses style attributes, by which the parser says how columns are aligned.
markdown.renderer.rules.th_open = (tokens, index) => `<th${alignment(tokens[index])}>`;
markdown.renderer.rules.td_open = (tokens, index) => `<td${alignment(tokens[index])}>`;
markdown.renderer.rules.table_close = () => '</table></div>\n';

function alignment(token: { attrGet(name: string): string | number | null } | undefined): string {
  const side = /right|center/.exec(String(token?.attrGet('style') ?? ''))?.[0];
  return side ? ` class="align-${side}"` : '';
}

const CLEAN = {
  ALLOWED_TAGS: [
    ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'pre', 'code'],
    ...['ul', 'ol', 'li', 'strong', 'em', 's', 'a', 'div', 'span'],
    ...['table', 'thead', 'tbody', 'tr', 'th', 'td'],
  ],
  ALLOWED_ATTR: ['href', 'title', 'start', 'class', 'tabindex'],
  ALLOW_DATA_ATTR: false,
  // Addresses were checked by safeHref; this refuses any scheme that it would not have let through.
  ALLOWED_URI_REGEXP: /^(?:https?:\/\/|file:\/\/\/|[^:]*(?:#|$))/i,
};

/** @returns HTML that is safe to set; exported for tests. */
function renderMarkdown(text: string): string {
  return DOMPurify.sanitize(markdown.render(text.slice(0, MARKDOWN_LIMIT)), CLEAN);
}

/** @returns the text as the page shows it, without marks of Markdown: paragraphs, cells, code. */
export function markdownText(text: string): string[] {
  return markdown.parse(text.slice(0, MARKDOWN_LIMIT), {}).flatMap((token) => {
    if (token.type === 'fence' || token.type === 'code_block') return [token.content];
    if (token.type !== 'inline') return [];
    const parts = (token.children ?? []).map((part) => {
      if (part.type === 'image') return UI_STRINGS.image(part.content);
      return part.type === 'softbreak' || part.type === 'hardbreak' ? '\n' : part.content;
    });
    return [parts.join('')];
  });
}

/** What stands above a code block: its language, and what can be done with the code. */
export interface CodeBarProps {
  readonly screen: ScreenContext;
  readonly code: string;
  readonly language: string;
}

interface MarkdownProps {
  readonly text: string;
  /** Shown above every finished code block. */
  readonly code_bar?: ComponentType<CodeBarProps> | undefined;
  /** More text will follow. */
  readonly streaming?: boolean | undefined;
}

export function Markdown(props: MarkdownProps) {
  const text = props.text.slice(0, MARKDOWN_LIMIT);
  const blocks = useMemo(() => markdownBlocks(text), [text]);
  return (
    <>
      <div class="markdown">
        {blocks.map((block, i) => (
          <Block
            key={i}
            text={block}
            code_bar={props.streaming && i === blocks.length - 1 ? undefined : props.code_bar}
          />
        ))}
      </div>
      {props.text.length > MARKDOWN_LIMIT ? <p class="note">{UI_STRINGS.text_cut}</p> : null}
    </>
  );
}

const Block = memo(function Block(props: Omit<MarkdownProps, 'streaming'>) {
  const screen = useScreen();
  const box = useRef<HTMLDivElement>(null);
  const { code_bar: Bar } = props;
  const html = useMemo(() => renderMarkdown(props.text), [props.text]);
  useEffect(() => {
    const element = box.current;
    const open = (event: MouseEvent): void => openLinks(event, screen);
    element?.addEventListener('click', open);
    return () => element?.removeEventListener('click', open);
  }, [screen]);
  useLayoutEffect(() => {
    if (!box.current || !Bar) return;
    const holders = [...box.current.querySelectorAll('pre')].map((pre) => {
      const holder = document.createElement('div');
      holder.className = 'code-bar';
      pre.before(holder);
      const code = pre.querySelector('code');
      const language = /language-(\S+)/.exec(code?.className ?? '')?.[1] ?? '';
      render(<Bar screen={screen} code={code?.textContent ?? ''} language={language} />, holder);
      return holder;
    });
    return () => {
      for (const holder of holders) {
        render(null, holder);
        holder.remove();
      }
    };
  }, [html, Bar, screen]);
  return <div ref={box} dangerouslySetInnerHTML={{ __html: html }} />;
});
