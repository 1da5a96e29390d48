import { Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { hrefOf } from "../hooks";
import { usePerson } from "../people";
import { Section } from "../settings/Section";
import { exact, short } from "../times";
import type { Kept } from "./types";

type Line = { key: string; text: string; ts: number; href?: string };

/** Everything else that is kept: what one raised, where one was asked, who was asked because of one, false reports, guardians. */
export function KeptList({ kept }: { kept: Kept }) {
  const { t } = useTranslation();
  const titles = new globalThis.Map(kept.raised.map((one) => [one.event_id, one.details.title]));
  const named = (eventId: string): string => titles.get(eventId) ?? t("safety.kept.event");
  const lists: [string, Line[]][] = [
    ["raised", kept.raised.map((one) => ({ key: one.event_id, text: `${one.details.title} · ${t(`safety.state.${one.state}`)}`, ts: one.created_ts, ...(one.room_id ? { href: hrefOf({ page: "room", roomId: one.room_id }) } : {}) }))],
    ["asked", kept.asked.filter((one) => one.reason !== "raised").map((one) => ({ key: one.event_id, text: `${t([`safety.reason.${one.reason}`, "safety.reason.near"])} ${t(`safety.askedState.${one.state}`)}`, ts: one.asked_ts ?? one.found_ts }))],
    ["compared", kept.compared.map((one) => ({ key: String(one.ts), text: t(`safety.identify.state.${one.state}`), ts: one.ts }))],
    ["strikes", kept.strikes.map((one) => ({ key: one.event_id, text: `${named(one.event_id)}: ${one.reason}`, ts: one.ts }))],
  ];
  return (
    <Section title={t("safety.kept.title")}>
      <Text fz="sm" c="dimmed">{t("safety.kept.text", { days: kept.kept.groups_days, followings: kept.kept.followings_days, minutes: kept.kept.once_minutes })}</Text>
      {lists.map(([name, lines]) => <Lines key={name} name={name} lines={lines} />)}
      <Because kept={kept} />
      <Guardians kept={kept} />
      <div>
        <Title order={3} fz="md">{t("safety.kept.room")}</Title>
        {kept.location_room ? <a href={hrefOf({ page: "room", roomId: kept.location_room })}>{t("safety.kept.roomLink")}</a> : <Text fz="sm" c="dimmed">{t("safety.kept.nothing")}</Text>}
      </div>
    </Section>
  );
}

function Lines({ name, lines }: { name: string; lines: readonly Line[] }) {
  const { t } = useTranslation();
  return (
    <div>
      <Title order={3} fz="md">{t(`safety.kept.${name}`)}</Title>
      {lines.length === 0 && <Text fz="sm" c="dimmed">{t("safety.kept.nothing")}</Text>}
      <ul className="kept-lines">
        {lines.map((line) => <li key={line.key}><span>{line.href ? <a href={line.href}>{line.text}</a> : line.text}</span> <time title={exact(line.ts)} dateTime={new Date(line.ts).toISOString()}>{short(line.ts)}</time></li>)}
      </ul>
    </div>
  );
}

function Because({ kept }: { kept: Kept }) {
  const { t } = useTranslation();
  return (
    <div>
      <Title order={3} fz="md">{t("safety.kept.because")}</Title>
      {kept.asked_because_of_me.length === 0 && <Text fz="sm" c="dimmed">{t("safety.kept.nothing")}</Text>}
      <ul className="kept-lines">{kept.asked_because_of_me.map((one) => <Somebody key={`${one.event_id} ${one.follower}`} userId={one.follower} ts={one.ts} />)}</ul>
    </div>
  );
}

function Guardians({ kept }: { kept: Kept }) {
  const { t } = useTranslation();
  if (kept.guardians.length === 0) return null;
  return (
    <div>
      <Title order={3} fz="md">{t("safety.kept.guardians")}</Title>
      <ul className="kept-lines">{kept.guardians.map((one) => <Somebody key={one.guardian} userId={one.guardian} ts={one.declared_ts} />)}</ul>
    </div>
  );
}

function Somebody({ userId, ts }: { userId: string; ts: number }) {
  const { name } = usePerson(userId);
  return <li><span title={userId}>{name}</span> <time title={exact(ts)} dateTime={new Date(ts).toISOString()}>{short(ts)}</time></li>;
}
