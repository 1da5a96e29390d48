import { ActionIcon } from "@mantine/core";
import { IconClock, IconRefresh, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import { CHANGED } from "../parts/changing";
import type { Upload } from "./upload";
import { uploadsOf } from "./uploads";
import { stateWords } from "./words";

/** What stands below a message whose file is still on its way. */
export function WaitingMeta({ upload }: { upload: Upload }) {
  const { t } = useTranslation();
  const uploads = uploadsOf(useClient());
  useVersion(uploads, CHANGED);
  const isOff = upload.state === "failed" || upload.state === "refused";
  const words = isOff ? stateWords(upload, t) : `${t("message.whenChecked")} ${stateWords(upload, t)}`;
  return (
    <div className="meta">
      {!isOff && <IconClock size={14} aria-hidden />}
      <span role={isOff ? "alert" : "status"} data-danger={isOff || undefined}>{words}</span>
      {upload.state === "failed" && <ActionIcon size="sm" variant="subtle" aria-label={t("message.resend")} onClick={() => uploads.retry(upload)}><IconRefresh size={16} /></ActionIcon>}
      <ActionIcon size="sm" variant="subtle" color="red" aria-label={t("message.discard")} onClick={() => uploads.remove(upload)}><IconX size={16} /></ActionIcon>
    </div>
  );
}
