import { ActionIcon, SegmentedControl } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import type { Room } from "matrix-js-sdk";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { goTo, useVersion } from "../hooks";
import { nameOf } from "../rooms";
import { TIMELINE_EVENTS } from "../chat/events";
import { Files } from "./Files";
import { Members } from "./Members";
import { Overview } from "./Overview";

const PARTS = ["overview", "people", "files"] as const;
type Part = (typeof PARTS)[number];

/** What a room is, who is in it, and what was sent to it. */
export default function InfoPanel({ room }: { room: Room }) {
  const { t } = useTranslation();
  useVersion(room, TIMELINE_EVENTS);
  const [part, setPart] = useState<Part>("overview");
  return (
    <>
      <header className="head">
        <div className="head-text"><h2>{t("info.title")}</h2><p>{nameOf(room)}</p></div>
        <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("info.close")} onClick={() => goTo({ page: "room", roomId: room.roomId })}><IconX size={20} /></ActionIcon>
      </header>
      <div className="panel-form">
        <SegmentedControl fullWidth aria-label={t("info.title")} data={PARTS.map((value) => ({ value, label: t(`info.${value}`) }))} value={part} onChange={(value) => setPart(value as Part)} />
      </div>
      {part === "overview" && <Overview room={room} onPeople={() => setPart("people")} />}
      {part === "people" && <Members room={room} />}
      {part === "files" && <Files room={room} />}
    </>
  );
}
