import { Modal, Text } from "@mantine/core";
import { KnownMembership, type Room } from "matrix-js-sdk";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { FindPeople, type Found } from "../parts/FindPeople";
import { useAction } from "../parts/useAction";
import { track } from "../track";

/** Ask people into a room: found by name in the directory, or by their id. */
export function Invite({ room, opened, onClose }: { room: Room; opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const action = useAction();
  const [invited, setInvited] = useState<ReadonlySet<string>>(new Set());
  const invite = async (person: Found): Promise<void> => {
    track("invite", { room_id: room.roomId });
    if (await action.run(() => client.invite(room.roomId, person.userId))) setInvited(new Set(invited).add(person.userId));
  };
  const stateOf = (person: Found): string | null => {
    if (invited.has(person.userId)) return t("info.invited");
    const membership = room.getMember(person.userId)?.membership;
    return membership === KnownMembership.Join ? t("info.isIn") : membership === KnownMembership.Invite ? t("info.invited") : null;
  };
  return (
    <Modal opened={opened} onClose={onClose} title={t("info.invite")} closeButtonProps={{ "aria-label": t("close") }}>
      {action.state === "failed" && <Text role="alert" fz="sm" mb="sm" c="var(--rk-danger)">{action.why ?? t("sure.failed")}</Text>}
      <FindPeople action={t("info.inviteOne")} isBusy={action.state === "busy"} stateOf={stateOf} onPick={(person) => void invite(person)} />
    </Modal>
  );
}
