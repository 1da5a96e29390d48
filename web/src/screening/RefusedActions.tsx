import { Button } from "@mantine/core";
import { IconPaperclip } from "@tabler/icons-react";
import { RoomEvent } from "matrix-js-sdk";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import type { Upload } from "../uploads/upload";
import type { Uploads } from "../uploads/uploads";
import { Appeal } from "./Appeal";
import { blockedCase, type Mine } from "./screening";

const ACCOUNT_EVENTS: readonly string[] = [RoomEvent.AccountData];

/** What can be done about a file that can't be sent: take it as it is now, or ask for a review. */
export function RefusedActions({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
  return upload.cause === "changed" ? <Anew upload={upload} uploads={uploads} /> : upload.cause === "blocked" ? <Review upload={upload} uploads={uploads} /> : null;
}

function Anew({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
  const { t } = useTranslation();
  const picker = useRef<HTMLInputElement>(null);
  const picked = (): void => {
    const file = picker.current?.files?.[0];
    if (file) uploads.replace(upload, file);
  };
  return (
    <>
      <input ref={picker} type="file" hidden tabIndex={-1} aria-label={t("attachment.anew")} onChange={picked} />
      <Button size="compact-sm" mih={{ base: 44, xs: 30 }} variant="light" leftSection={<IconPaperclip size={16} />} onClick={() => picker.current?.click()}>{t("attachment.anew")}</Button>
    </>
  );
}

function Review({ upload, uploads }: { upload: Upload; uploads: Uploads }) {
  const { t } = useTranslation();
  const room = useClient().getRoom(upload.place.split("/")[0]);
  useVersion(room, ACCOUNT_EVENTS);
  const mine: Mine | undefined = room === null ? undefined : blockedCase(room, upload.caseId);
  const state = mine?.state;
  useEffect(() => {
    if (state === "approved") void uploads.check(upload);
  }, [state, upload, uploads]);
  if (room === null) return null;
  if (state === "waiting") return <div role="status">{t("attachment.asked")}</div>;
  if (mine?.appealed) return <div role="status">{t("attachment.again", { why: mine.reason ?? "" })}</div>;
  if (mine?.can_appeal === false) return null;
  return <Appeal find={() => uploads.caseOf(upload)} />;
}
