import { ActionIcon, Menu } from "@mantine/core";
import { IconBan, IconDots, IconShield, IconUserMinus } from "@tabler/icons-react";
import { KnownMembership, type Room, type RoomMember } from "matrix-js-sdk";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient } from "../hooks";
import { Face } from "../parts/Face";
import { useShowProfile } from "../parts/profiles";
import { WithPresence } from "../parts/Presence";
import { Sure } from "../parts/Sure";
import { useAction } from "../parts/useAction";
import { track } from "../track";
import { givable, mayBan, mayRemove, roleOf } from "./rights";

type Step = "remove" | "ban" | "unban" | { role: "admin" | "moderator" | "member"; level: number };

/** One person: who they are, what they are in this room, and what one may do about it. */
export function MemberRow({ room, member }: { room: Room; member: RoomMember }) {
  const { t } = useTranslation();
  const show = useShowProfile();
  const role = roleOf(room, member);
  const state = member.membership === KnownMembership.Join ? (role === "member" ? "" : t(`info.role.${role}`)) : t(`info.membership.${member.membership ?? "leave"}`);
  return (
    <div className="person">
      <button type="button" className="person-main" onClick={() => show(member.userId, room.roomId)}>
        <WithPresence userId={member.userId}><Face name={member.rawDisplayName} mxc={member.getMxcAvatarUrl()} size={36} /></WithPresence>
        <span className="person-text"><span>{member.rawDisplayName}</span>{state && <small>{state}</small>}</span>
      </button>
      <Actions room={room} member={member} />
    </div>
  );
}

function Actions({ room, member }: { room: Room; member: RoomMember }) {
  const { t } = useTranslation();
  const client = useClient();
  const action = useAction();
  const [step, setStep] = useState<Step | null>(null);
  const isBanned = member.membership === KnownMembership.Ban;
  const levels = member.membership === KnownMembership.Join ? givable(room, member) : [];
  const canRemove = !isBanned && mayRemove(room, member);
  const canBan = mayBan(room, member);
  if (!canRemove && !canBan && levels.length === 0) return null;
  const ask = (wanted: Step): void => { action.reset(); setStep(wanted); };
  const act = async (): Promise<void> => {
    if (step === null) return;
    track("member_change", { room_id: room.roomId, change: typeof step === "string" ? step : step.role });
    const done = await action.run(() => {
      if (step === "remove") return client.kick(room.roomId, member.userId);
      if (step === "ban") return client.ban(room.roomId, member.userId);
      if (step === "unban") return client.unban(room.roomId, member.userId);
      return client.setPowerLevel(room.roomId, member.userId, step.level);
    });
    if (done) setStep(null);
  };
  const kind = step === null || typeof step === "string" ? step : step.role;
  const name = member.rawDisplayName;
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target><ActionIcon size={44} variant="subtle" color="gray" aria-label={t("info.actions", { name })}><IconDots size={18} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          {levels.map((one) => <Menu.Item key={one.role} leftSection={<IconShield size={18} />} onClick={() => ask(one)}>{t(`info.make.${one.role}`)}</Menu.Item>)}
          {canRemove && <Menu.Item leftSection={<IconUserMinus size={18} />} onClick={() => ask("remove")}>{t("info.make.remove")}</Menu.Item>}
          {canBan && <Menu.Item color="red" leftSection={<IconBan size={18} />} onClick={() => ask(isBanned ? "unban" : "ban")}>{t(isBanned ? "info.make.unban" : "info.make.ban")}</Menu.Item>}
        </Menu.Dropdown>
      </Menu>
      <Sure
        opened={step !== null} title={kind === null ? "" : t(`info.make.${kind}`)} text={kind === null ? "" : t(`info.sure.${kind}`, { name })} yes={kind === null ? "" : t(`info.make.${kind}`)}
        action={action} onYes={() => void act()} onClose={() => setStep(null)}
      />
    </>
  );
}
