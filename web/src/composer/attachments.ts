/** Files on their way: each is uploaded while one still writes, and goes with the message when it is there. */
import { type MatrixClient, MatrixError, MsgType } from "matrix-js-sdk";
import { useRef, useState } from "react";
import { track } from "../track";

export type Attachment = {
  id: number;
  file: File;
  preview: string | null;
  info: Record<string, string | number>;
  state: "uploading" | "ready" | "failed";
  /** From 0 to 1. */
  progress: number;
  mxc: string | null;
  error: string | null;
  uploaded: Promise<void>;
  abort: AbortController;
};

let nextId = 1;

export type Attachments = {
  list: Attachment[];
  add: (files: Iterable<File>) => void;
  remove: (attachment: Attachment) => void;
  retry: (attachment: Attachment) => void;
  /** Take all of them out, to be sent. */
  take: () => Attachment[];
};

export function useAttachments(client: MatrixClient): Attachments {
  const [list, setList] = useState<Attachment[]>([]);
  const now = useRef<Attachment[]>([]);
  const show = (changed: Attachment[]): void => {
    now.current = changed;
    setList(changed);
  };
  const upload = (attachment: Attachment): void => {
    attachment.state = "uploading";
    attachment.error = null;
    attachment.uploaded = send(client, attachment, () => show([...now.current]));
    attachment.uploaded.catch(() => {});
  };
  return {
    list,
    add: (files) => {
      const added = [...files].map(newAttachment);
      added.forEach(upload);
      track("attachment_add", { count: added.length });
      show([...now.current, ...added]);
    },
    remove: (attachment) => {
      attachment.abort.abort();
      show(now.current.filter((one) => one !== attachment));
    },
    retry: (attachment) => {
      upload(attachment);
      show([...now.current]);
    },
    take: () => {
      const taken = now.current;
      show([]);
      return taken;
    },
  };
}

function newAttachment(file: File): Attachment {
  const isPicture = file.type.startsWith("image/");
  return {
    id: nextId++, file, preview: isPicture ? URL.createObjectURL(file) : null, info: { mimetype: file.type || "application/octet-stream", size: file.size },
    state: "uploading", progress: 0, mxc: null, error: null, uploaded: Promise.resolve(), abort: new AbortController(),
  };
}

async function send(client: MatrixClient, attachment: Attachment, changed: () => void): Promise<void> {
  try {
    await measure(attachment);
    const answer = await client.uploadContent(attachment.file, {
      name: attachment.file.name,
      type: attachment.file.type || "application/octet-stream",
      abortController: attachment.abort,
      progressHandler: ({ loaded, total }) => {
        attachment.progress = total > 0 ? loaded / total : 0;
        changed();
      },
    });
    attachment.mxc = answer.content_uri;
    attachment.state = "ready";
  } catch (failure) {
    attachment.state = "failed";
    attachment.error = failure instanceof MatrixError ? (failure.data.error ?? null) : null;
    throw failure;
  } finally {
    changed();
  }
}

/** How big a picture is, so that there is a place for it before it is there. */
async function measure(attachment: Attachment): Promise<void> {
  if (attachment.preview === null || attachment.info["w"] !== undefined) return;
  try {
    const picture = await createImageBitmap(attachment.file);
    Object.assign(attachment.info, { w: picture.width, h: picture.height });
    picture.close();
  } catch {
    // Not a picture that this browser knows: it is sent all the same.
  }
}

/** The message that an attachment is; `caption` where something was written with it. */
export function contentOf(attachment: Attachment, caption: string): Record<string, unknown> {
  const name = attachment.file.name;
  return { msgtype: typeOf(attachment.file.type), body: caption || name, filename: name, url: attachment.mxc, info: attachment.info };
}

function typeOf(type: string): MsgType {
  if (type.startsWith("image/")) return MsgType.Image;
  if (type.startsWith("video/")) return MsgType.Video;
  return type.startsWith("audio/") ? MsgType.Audio : MsgType.File;
}
