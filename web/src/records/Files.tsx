import { ActionIcon, Modal, Skeleton } from "@mantine/core";
import { IconDownload, IconFile, IconPhotoOff } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { fileSize } from "../times";
import { track } from "../track";
import type { Source } from "./source";
import type { Attachment } from "./types";

const PICTURE = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;
const PICTURE_NAME = /\.(png|jpe?g|gif|webp|avif|bmp)$/i;

/** The files and screenshots of an entry, where they stood. */
export function Files({ files, source }: { files: readonly Attachment[]; source: Source }) {
  return <>{files.map((file) => (isPicture(file) ? <Picture key={file.url} file={file} source={source} /> : <Plain key={file.url} file={file} source={source} />))}</>;
}

function isPicture(file: Attachment): boolean {
  return file.type ? PICTURE.test(file.type) : PICTURE_NAME.test(file.name ?? "");
}

function nameOf(file: Attachment): string {
  return file.name || file.path?.split(/[/\\]/).at(-1) || file.url;
}

function Picture({ file, source }: { file: Attachment; source: Source }) {
  const { t } = useTranslation();
  const [url, setUrl] = useState<string | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const name = nameOf(file);
  useEffect(() => {
    const stop = new AbortController();
    let made: string | null = null;
    source.file(file.url, stop.signal).then(
      (blob) => { if (!stop.signal.aborted) setUrl((made = URL.createObjectURL(blob))); },
      () => !stop.signal.aborted && setFailed(true),
    );
    return () => {
      stop.abort();
      if (made !== null) URL.revokeObjectURL(made);
    };
  }, [source, file.url]);
  if (hasFailed) return <div className="file"><IconPhotoOff aria-hidden />{t("record.file.failed", { name })}</div>;
  return (
    <figure className="record-picture">
      <button type="button" className="picture" onClick={() => setOpen(true)} aria-label={t("record.file.open", { name })}>
        {url === null ? <Skeleton w={240} h={160} /> : <img src={url} alt={name} />}
      </button>
      {file.path && <figcaption>{t("record.file.path", { path: file.path })}</figcaption>}
      <Modal opened={isOpen} onClose={() => setOpen(false)} title={name} size="auto" centered closeButtonProps={{ "aria-label": t("close") }}>
        {url !== null && <img src={url} alt={name} className="record-large" />}
      </Modal>
    </figure>
  );
}

function Plain({ file, source }: { file: Attachment; source: Source }) {
  const { t } = useTranslation();
  const [hasFailed, setFailed] = useState(false);
  const name = nameOf(file);
  const save = async (): Promise<void> => {
    setFailed(false);
    track("record_file");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await source.file(file.url));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  return (
    <div className="file">
      <IconFile aria-hidden />
      <div className="file-text"><div>{name}</div><small role={hasFailed ? "alert" : undefined}>{hasFailed ? t("record.file.failed", { name }) : file.size === undefined ? "" : fileSize(file.size)}</small></div>
      <ActionIcon size={44} variant="subtle" aria-label={t("record.file.download", { name })} onClick={() => void save().catch(() => setFailed(true))}><IconDownload size={20} /></ActionIcon>
    </div>
  );
}
