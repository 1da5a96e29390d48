import { Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { exact } from "../../../times";
import { may, useMe } from "../../me";
import { Facts } from "../../parts/Facts";
import { hrefOf } from "../../route";
import { StatusBadge } from "../marks";
import type { NamedOffer } from "./columns";
import { useExplained } from "./explained";

/** What became of a customer, and the way to both their sessions. */
export function CustomerDetail({ offer }: { offer: NamedOffer }) {
  const { t } = useTranslation();
  const me = useMe();
  const explained = useExplained();
  const time = (ts: number | undefined): string => (ts ? exact(ts) : "");
  const session = (roomId: string | undefined, name: string) => {
    if (!roomId) return "";
    return may(me, "sessions.read") ? <a href={hrefOf("sessions", roomId)}>{t("handover.sessionWith", { name })}</a> : roomId;
  };
  return (
    <Stack>
      <Group><StatusBadge status={offer.status} />{offer.unanswered && <Text fz="sm" c="var(--rk-warn)">{t("handover.wasUnanswered", { name: offer.leaver })}</Text>}</Group>
      <Text>{explained(offer)}</Text>
      <Facts
        facts={[
          [t("handover.column.customer"), <a href={hrefOf("people", offer.customer_id)}>{offer.customer}</a>],
          [t("handover.column.successor"), offer.successor_id ? <a href={hrefOf("people", offer.successor_id)}>{offer.successor}</a> : offer.successor || t("handover.nobody")],
          [t("handover.oldSession"), session(offer.room_id, offer.leaver)],
          [t("handover.newSession"), session(offer.new_room_id, offer.successor)],
          [t("handover.column.way"), t(`handover.way.${offer.way ?? "invitation"}`)],
          [t("console.language"), offer.language ?? ""],
          [t("handover.offered"), time(offer.offered_ts)],
          [t("handover.answered"), time(offer.answered_ts)],
          [t("handover.takeOver"), time(offer.take_over_ts)],
          [t("console.updated"), time(offer.updated_ts)],
          [t("handover.error"), offer.error ?? ""],
        ]}
      />
    </Stack>
  );
}
