import { IconCircleCheck, IconClock, IconEyeOff, IconForbid2, IconUserSearch } from "@tabler/icons-react";
import { type MatrixEvent, type Room, RoomEvent } from "matrix-js-sdk";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useVersion } from "../hooks";
import { Appeal } from "./Appeal";
import { type Mine, toldOf, whyOf } from "./screening";

const ACCOUNT_EVENTS: readonly string[] = [RoomEvent.AccountData];
type Shown = "checking" | "waiting" | "asked" | "refused" | "again" | "approved" | "withheld" | "gone";
const ICONS = { checking: IconClock, waiting: IconUserSearch, asked: IconUserSearch, refused: IconForbid2, again: IconForbid2, approved: IconCircleCheck, withheld: IconEyeOff, gone: IconEyeOff };

/** What became of one's own message that was not delivered at once, or is not shown any more; of all others, what stands there usually. */
export function HeldMeta({ event, room, time, children }: { event: MatrixEvent; room: Room; time: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  useVersion(room, ACCOUNT_EVENTS);
  const told = toldOf(room);
  const id = event.getId() ?? "";
  const held = told.events[id];
  const sent = told.sent[id];
  const mine = sent ?? held;
  const shown = sent ? afterSending(sent) : held ? beforeSending(held) : null;
  if (mine === undefined || shown === null || event.isRedacted()) return <>{children}</>;
  const Icon = ICONS[shown];
  const words = t(`held.${shown}`, { why: mine.reason || whyOf({ labels: mine.labels ?? [] }, t) });
  if (shown === "approved") return <div className="held-row"><div className="meta held" data-state={shown}><Icon size={14} aria-hidden /><span role="status">{words}</span></div>{children}</div>;
  return (
    <>
      <div className="meta held" data-state={shown}>
        <Icon size={14} aria-hidden /><span role="status">{words}</span>{time}
      </div>
      {mine.can_appeal && <Appeal find={async () => mine.case_id} />}
    </>
  );
}

function beforeSending(mine: Mine): Shown {
  if (mine.state === "waiting") return mine.appealed ? "asked" : "waiting";
  if (mine.state === "refused" || mine.state === "blocked") return mine.appealed ? "again" : "refused";
  return mine.state;
}

function afterSending(mine: Mine): Shown | null {
  return mine.state === "approved" ? null : mine.state === "waiting" ? "withheld" : "gone";
}
