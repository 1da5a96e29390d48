import { ActionIcon, CloseButton, Progress } from "@mantine/core";
import { IconCircleCheck, IconClock, IconFile, IconForbid2, IconRefresh, IconUserSearch } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { RefusedActions } from "../screening/RefusedActions";
import type { Upload } from "../uploads/upload";
import type { Uploads } from "../uploads/uploads";
import { stateWords } from "../uploads/words";

/** The files that go with what is written, each with what becomes of it. */
export default function AttachmentTray({ uploads, list }: { uploads: Uploads; list: Upload[] }) {
  const { t } = useTranslation();
  if (list.length === 0) return null;
  return (
    <ul className="attachments" aria-label={t("composer.attachments")}>
      {list.map((one) => <Attachment key={one.id} upload={one} uploads={uploads} />)}
    </ul>
  );
}

function Attachment({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
  const { t } = useTranslation();
  const { state, file } = upload;
  const isOff = state === "failed" || state === "refused";
  return (
    <li className="attachment" data-state={state}>
      {upload.preview ? <img src={upload.preview} alt="" /> : <IconFile aria-hidden />}
      <div>
        <div className="attachment-name" title={file.name}>{file.name}</div>
        <div className="attachment-state" role={isOff ? "alert" : "status"}>
          {state === "ready" && <IconCircleCheck size={14} aria-hidden />}
          {state === "review" && <IconUserSearch size={14} aria-hidden />}
          {state === "waiting" && <IconClock size={14} aria-hidden />}
          {state === "refused" && <IconForbid2 size={14} aria-hidden />}
          <span>{stateWords(upload, t)}</span>
        </div>
        {(state === "uploading" || state === "checking") && (
          <Progress value={upload.progress * 100} animated={state === "checking"} size="xs" aria-label={t("attachment.progress", { name: file.name })} />
        )}
        {state === "refused" && <RefusedActions upload={upload} uploads={uploads} />}
      </div>
      {state === "failed" && <ActionIcon size={44} variant="subtle" aria-label={t("attachment.retry", { name: file.name })} onClick={() => uploads.retry(upload)}><IconRefresh size={18} /></ActionIcon>}
      <CloseButton size={44} iconSize={18} aria-label={t("attachment.remove", { name: file.name })} onClick={() => uploads.remove(upload)} />
    </li>
  );
}
