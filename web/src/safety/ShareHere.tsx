import { Switch, Text } from "@mantine/core";
import type { Room } from "matrix-js-sdk";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import { CHANGED } from "../parts/changing";
import { beginSharing, endSharing, sendBeacon, sharingOf } from "./beacons";
import { failureOf } from "./failure";
import { live } from "./live";
import { useAct } from "./useAct";

/** Whether the members of the group see where one is. */
export function ShareHere({ room }: { room: Room }) {
  const { t } = useTranslation();
  const client = useClient();
  useVersion(live, CHANGED);
  const action = useAct("event_share_location");
  const info = sharingOf(room, client.getSafeUserId());
  const infoId = info?.getId() ?? null;
  useEffect(() => {
    // This page was loaded anew meanwhile.
    if (infoId !== null && !live.has(room.roomId)) live.start(room.roomId, (here) => sendBeacon(client, room.roomId, infoId, here));
    if (infoId === null && live.has(room.roomId)) live.stop(room.roomId);
  }, [client, room, infoId]);
  const change = (isWanted: boolean): void => void action.run(async () => {
    if (isWanted) return beginSharing(client, room.roomId);
    live.stop(room.roomId);
    return endSharing(client, room);
  });
  const why = action.why ?? (infoId !== null && live.error !== null ? failureOf(live.error, t) : null);
  return (
    <div>
      <Switch label={t("safety.event.share")} description={t("safety.event.shareText")} checked={infoId !== null} disabled={action.state === "busy"} onChange={(event) => change(event.currentTarget.checked)} />
      {why && <Text role="alert" fz="sm" c="var(--rk-danger)">{why}</Text>}
    </div>
  );
}
