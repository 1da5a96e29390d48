import { Checkbox } from "@mantine/core";
import { IconPencilOff } from "@tabler/icons-react";
import type { Room } from "matrix-js-sdk";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { useDraftText } from "../composer/draft";
import { useClient, useVersion } from "../hooks";
import { CHANGED } from "../parts/changing";
import { usePerson } from "../people";
import { uploadsOf } from "../uploads/uploads";
import { replacementOf } from "./succession";
import { type Handover, successorOf } from "./useHandover";

type Props = { room: Room; handover: Handover | null; isThread: boolean; isDraftTaken: boolean; onTake: (isTaken: boolean) => void };

/** In the place of the composer: why nothing can be written, and what one had written. */
export default function Off({ room, handover, isThread, isDraftTaken, onTake }: Props) {
  const { t } = useTranslation();
  const client = useClient();
  const uploads = uploadsOf(client);
  useVersion(uploads, CHANGED);
  const leaver = usePerson(handover?.userId ?? room.myUserId, room);
  const draft = useDraftText(room);
  const files = uploads.in(room.roomId);
  const successor = successorOf(handover?.answer ?? "loading")?.display_name ?? t("handover.colleague");
  const hasDraft = !isThread && (draft !== "" || files.length > 0);
  const why = replacementOf(room) === null && handover !== null ? t("handover.off", { name: leaver.name }) : t("handover.offElsewhere");
  return (
    <div className="composer composer-off">
      <p role="note"><IconPencilOff size={18} aria-hidden />{why}</p>
      {hasDraft && (
        <section aria-label={t("handover.draft")}>
          <b>{t("handover.draft")}</b>
          {draft && <blockquote tabIndex={0}>{draft}</blockquote>}
          {files.map((one) => <div key={one.id}>{one.file.name}</div>)}
          <Checkbox mt="sm" size="md" label={t("handover.takeAlong", { successor })} checked={isDraftTaken} onChange={(event) => onTake(event.currentTarget.checked)} />
        </section>
      )}
    </div>
  );
}
