/** The page of words and buttons: what it says is text, whatever a file's name or content holds. */
import { expect, it } from 'vitest';
import { noticeHtml } from './notice_page.ts';

it('shows hostile words as words', () => {
  const html = noticeHtml({
    title: '<img src=x onerror=alert(1)>',
    text: '"</p><script>alert(2)</script>" & more',
    buttons: [{ action: 'x" onclick="alert(3)', label: '<b>Go</b>' }],
    language: 'en',
    nonce: 'bm9uY2U=',
  });
  expect(html).not.toMatch(/<img|<b>|<script>alert|" onclick="/);
  expect(html).toContain('&quot;&lt;/p&gt;&lt;script&gt;alert(2)&lt;/script&gt;&quot; &amp; more');
  expect(html.match(/<script/g)).toEqual(['<script']);
  expect(html).toContain(`script-src 'nonce-bm9uY2U='`);
});
