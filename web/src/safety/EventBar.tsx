import { Badge, SegmentedControl } from "@mantine/core";
import type { Room } from "matrix-js-sdk";
import { useTranslation } from "react-i18next";
import { goTo } from "../hooks";
import { KindIcon } from "./KindIcon";
import "./safety.css";
import { groupOf } from "./state";

/** What the group is about and how far it is; on narrow screens the way to its map and back. */
export default function EventBar({ room, isMap }: { room: Room; isMap: boolean }) {
  const { t } = useTranslation();
  const group = groupOf(room);
  if (group === null) return null;
  return (
    <div className="event-bar">
      <KindIcon kind={group.kind} size={20} />
      <span className="event-bar-text">{t(`safety.kind.${group.kind}`)}</span>
      <Badge className="event-state" data-state={group.status} tt="none">{t(`safety.state.${group.status}`)}</Badge>
      <SegmentedControl
        className="only-below-side" size="sm" aria-label={t("safety.event.show")} value={isMap ? "map" : "chat"} data={(["chat", "map"] as const).map((value) => ({ value, label: t(`safety.event.${value}`) }))}
        onChange={(value) => goTo({ page: "room", roomId: room.roomId, ...(value === "map" ? { panel: "map" as const } : {}) }, true)}
      />
    </div>
  );
}
