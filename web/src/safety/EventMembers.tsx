import { Text, Title } from "@mantine/core";
import type { Room } from "matrix-js-sdk";
import { useTranslation } from "react-i18next";
import { Face } from "../parts/Face";
import { exact, short } from "../times";
import type { LivePosition } from "./beacons";
import { roleOf } from "./roles";

const ORDER = ["organisation", "officer", "reporter", "concerned", "near", "follower", ""];

/** Who is in the group and why; whose position is to be seen. */
export function EventMembers({ room, positions }: { room: Room; positions: readonly LivePosition[] }) {
  const { t } = useTranslation();
  const members = room.getJoinedMembers().map((member) => ({ member, ...roleOf(room, member.userId) })).filter((one) => one.role !== "");
  members.sort((one, other) => ORDER.indexOf(one.role) - ORDER.indexOf(other.role) || one.member.name.localeCompare(other.member.name));
  return (
    <section aria-labelledby="event-members">
      <Title order={3} fz="md" id="event-members">{t("safety.event.members", { count: members.length })}</Title>
      <ul className="plain-list">
        {members.map(({ member, role, name }) => {
          const at = positions.find((one) => one.userId === member.userId);
          return (
            <li key={member.userId} className="person">
              <Face name={name || member.rawDisplayName} mxc={member.getMxcAvatarUrl()} size={36} />
              <span className="person-text">
                <span>{name || member.rawDisplayName}{member.userId === room.myUserId && ` (${t("safety.event.you")})`}</span>
                <small>{t(`safety.role.${role}`)}</small>
              </span>
              {at && <Text fz="xs" c="dimmed" title={exact(at.ts)}>{t("safety.event.shares", { time: short(at.ts) })}</Text>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
