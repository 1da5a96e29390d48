import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { goTo, useClient } from "../hooks";
import { fileOf } from "../media";
import { Failed, TimelineSkeleton } from "../parts/States";
import { track } from "../track";
import { digestOf } from "../uploads/digest";
import { uploadsOf } from "../uploads/uploads";
import { type Attached, SHARED } from "./place";

/** What the agent has uploaded is fetched, compared with its checksum, and stands in the composer: nothing is uploaded again. */
export default function AttachPage({ attached }: { attached: Attached }) {
  const { t } = useTranslation();
  const client = useClient();
  const [round, setRound] = useState(0);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    let isOver = false;
    setFailed(false);
    void (async () => {
      try {
        const file = await fileOf(client, attached.mxc, attached.name);
        const digest = await digestOf(file);
        if (isOver) return;
        if (digest !== base64Of(attached.sha256)) throw new Error("these are other bytes");
        const isIn = attached.roomId !== null && client.getRoom(attached.roomId) !== null;
        uploadsOf(client).adopt(isIn && attached.roomId !== null ? attached.roomId : SHARED, file, attached.mxc, digest);
        track("attachment_adopt", { size: file.size });
        if (isIn && attached.roomId !== null) goTo({ page: "room", roomId: attached.roomId }, true);
        else window.location.replace("#/share/");
      } catch {
        if (!isOver) setFailed(true);
      }
    })();
    return () => {
      isOver = true;
    };
  }, [client, attached, round]);
  return <main className="page">{hasFailed ? <Failed text={t("share.attachFailed")} onRetry={() => setRound(round + 1)} /> : <TimelineSkeleton />}</main>;
}

function base64Of(hexadecimal: string): string {
  const bytes = hexadecimal.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? [];
  return btoa(String.fromCharCode(...bytes));
}
