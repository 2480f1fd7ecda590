/** Files that come with a message: checked on arrival, kept by their hash, put into the prompt. */
import type { LanguageModelV4FilePart, LanguageModelV4TextPart } from '@ai-sdk/provider';
import type { Blobs } from '../agents/blobs.ts';
import type { Attachment } from '../contracts/chat.ts';
import { decode } from '../tools/file.ts';
import { count } from '../tools/limits.ts';
import { ChatError } from './error.ts';

/** Bytes of a text file that can be attached: all of it goes into the prompt. */
const TEXT_BYTES = 256 * 1024;

/** The first bytes by which an image tells what it is. */
const SIGNS: readonly (readonly [type: string, at: number, bytes: readonly number[]])[] = [
  ['image/png', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', 0, [0xff, 0xd8, 0xff]],
  ['image/gif', 0, [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', 8, [0x57, 0x45, 0x42, 0x50]],
];

/** @returns the media type that the bytes show, or null for a file that no model is given. */
export function mediaTypeOf(bytes: Uint8Array): string | null {
  for (const [type, at, sign] of SIGNS) {
    if (sign.every((byte, i) => bytes[at + i] === byte)) return type;
  }
  return decode(bytes)?.valid ? 'text/plain' : null;
}

/** @param limit bytes. @throws ChatError in words for the user. */
export async function keepAttachment(
  blobs: Blobs,
  file: { readonly name: string; readonly media_type: string; readonly data: string },
  limit: number,
): Promise<Attachment> {
  const name = file.name.split(/[\\/]/).at(-1)?.slice(0, 200) || 'file';
  // Four characters of base64 hold three bytes; what is far too large is not even decoded.
  if (file.data.length > Math.ceil(limit / 3) * 4 + 4) {
    throw tooLarge(name, Math.floor((file.data.length * 3) / 4), limit);
  }
  const bytes = Buffer.from(file.data, 'base64');
  if (bytes.length === 0) throw new ChatError(`"${name}" is empty. Attach a file with content.`);
  if (bytes.length > limit) throw tooLarge(name, bytes.length, limit);
  const media_type = mediaTypeOf(bytes);
  if (media_type === null) {
    throw new ChatError(
      `"${name}" is neither an image (PNG, JPEG, GIF, WebP) nor a text file. Attach one of those.`,
    );
  }
  const said = file.media_type.toLowerCase();
  if (said.startsWith('image/') && said !== media_type) {
    throw new ChatError(
      `"${name}" says that it is ${said}, but its bytes are ${media_type}. Save it again in its real format.`,
    );
  }
  if (media_type === 'text/plain' && bytes.length > TEXT_BYTES) {
    throw new ChatError(
      `"${name}" has ${count(bytes.length)} bytes of text, and the limit is ${count(TEXT_BYTES)}. Put it into the workspace and mention it with @.`,
    );
  }
  const attachment_id = await blobs.put(bytes);
  return { attachment_id, name, media_type, bytes: bytes.length };
}

function tooLarge(name: string, bytes: number, limit: number): ChatError {
  const mb = (n: number): string => (n / 1024 / 1024).toFixed(1);
  return new ChatError(
    `"${name}" has ${mb(bytes)} MB, and the limit is ${mb(limit)} MB. Attach a smaller one, or raise boocode.attachmentLimit.`,
  );
}

/** @throws ChatError where the bytes are gone. */
export async function bytesOf(
  blobs: Blobs,
  attachment: Pick<Attachment, 'attachment_id' | 'name'>,
): Promise<Buffer> {
  const bytes = await blobs.get(attachment.attachment_id);
  if (bytes) return bytes;
  throw new ChatError(`"${attachment.name}" is no longer kept. Attach it again.`);
}

/** The parts of the user's message: images by their id, text files with their text. */
export async function attachmentParts(
  blobs: Blobs,
  attachments: readonly Attachment[],
): Promise<(LanguageModelV4TextPart | LanguageModelV4FilePart)[]> {
  const parts: (LanguageModelV4TextPart | LanguageModelV4FilePart)[] = [];
  for (const attachment of attachments) {
    const bytes = await bytesOf(blobs, attachment);
    if (attachment.media_type.startsWith('image/')) {
      const data = { type: 'data', data: bytes.toString('base64') } as const;
      const { name: filename, media_type: mediaType } = attachment;
      parts.push({ type: 'file', filename, mediaType, data });
    } else {
      const text = decode(bytes)?.text ?? '';
      parts.push({ type: 'text', text: `\n\nAttached file "${attachment.name}":\n${text}` });
    }
  }
  return parts;
}
