import { CloseButton } from "@mantine/core";
import { IconCircleCheck, IconClock, IconForbid2 } from "@tabler/icons-react";
import { type Room, RoomEvent } from "matrix-js-sdk";
import { useTranslation } from "react-i18next";
import { useVersion } from "../hooks";
import { CHANGED } from "../parts/changing";
import { Appeal } from "./Appeal";
import { type Notice, notices } from "./refusals";
import { blockedCase, type Mine, whyOf } from "./screening";

const ACCOUNT_EVENTS: readonly string[] = [RoomEvent.AccountData];

/** Why what stands in this composer was not sent, and what came of asking for a review. */
export function RefusedNotice({ room, place }: { room: Room; place: string }) {
  const { t } = useTranslation();
  useVersion(notices, CHANGED);
  useVersion(room, ACCOUNT_EVENTS);
  const notice = notices.in(room.myUserId, place);
  if (notice === null) return null;
  const mine = blockedCase(room, notice.caseId);
  const close = (): void => notices.put(room.myUserId, place, null);
  const state = stateOf(notice, mine);
  const Icon = state === "allowed" ? IconCircleCheck : state === "asked" ? IconClock : IconForbid2;
  const why = whyOf({ labels: notice.labels, reason: notice.message }, t);
  return (
    <div className="refused" data-state={state} role={state === "asked" ? "status" : "alert"}>
      <Icon size={18} aria-hidden />
      <div>
        <p>{t(`refused.${state}`, { why: state === "again" && mine?.reason ? mine.reason : why })}</p>
        {state === "blocked" && notice.caseId !== null && mine?.can_appeal !== false && <Appeal find={async () => notice.caseId} />}
      </div>
      <CloseButton size={44} iconSize={18} aria-label={t("refused.close")} onClick={close} />
    </div>
  );
}

function stateOf(notice: Notice, mine: Mine | undefined): "blocked" | "changed" | "asked" | "allowed" | "again" {
  if (notice.kind === "changed") return "changed";
  if (mine?.state === "approved") return "allowed";
  if (mine?.state === "waiting") return "asked";
  return mine?.appealed ? "again" : "blocked";
}
