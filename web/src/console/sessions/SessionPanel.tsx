import { Button, Group, Stack, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { pathOf, useDepartments } from "../departments";
import { useLoad } from "../load";
import { may, useMe } from "../me";
import { namesOf } from "../names";
import { Ago } from "../parts/Ago";
import { SessionStateBadge } from "../parts/Badges";
import { Broken } from "../parts/Broken";
import { Facts } from "../parts/Facts";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { hrefOf } from "../route";
import type { Session } from "../types";
import type { NamedSession } from "./columns";
import { type Deed, SessionDeed } from "./SessionDeed";

type Props = { roomId: string; version: number; onChanged: () => void };

/** A session: whose it is, since when, and what can be done with it. */
export function SessionPanel({ roomId, version, onChanged }: Props) {
  const { t } = useTranslation();
  const path = `/sessions/${encodeURIComponent(roomId)}`;
  const { value: session, error, reload } = useLoad(async (signal): Promise<NamedSession> => {
    const found = await call<Session>("GET", path, { signal });
    const name = await namesOf([found.customer_id, found.staff_id], signal);
    return { ...found, customer: name(found.customer_id), staff: found.staff_id ? name(found.staff_id) : "" };
  }, [roomId, version]);
  if (session === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  return (
    <Stack>
      <Group>
        <Title order={2} fz="lg">{t("console.sessions.with", { name: session.customer })}</Title>
        <SessionStateBadge state={session.state} />
      </Group>
      <SessionFacts session={session} />
      <Deeds session={session} onDone={() => { reload(); onChanged(); }} />
    </Stack>
  );
}

function SessionFacts({ session }: { session: NamedSession }) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const { department_id: department } = session;
  return (
    <Facts
      facts={[
        [t("console.sessions.customer"), <a href={hrefOf("people", session.customer_id)}>{session.customer}</a>],
        [t("console.sessions.staff"), session.staff_id ? <a href={hrefOf("people", session.staff_id)}>{session.staff}</a> : t("console.sessions.nobody")],
        [t("console.department"), department && <a href={hrefOf("departments", department)}>{pathOf(departments, department)}</a>],
        [t("console.sessions.topic"), session.topic],
        [t("console.language"), session.language],
        [t("console.created"), <Ago ts={session.created_ts} />],
        [t("console.sessions.waitingSince"), session.state === "waiting" && <Ago ts={session.waiting_ts} />],
        [t("console.sessions.closed"), session.closed_ts && <Ago ts={session.closed_ts} />],
        [t("console.sessions.roomId"), session.room_id],
      ].map(([name, value]) => [String(name), value === false ? "" : value] as const)}
    />
  );
}

function Deeds({ session, onDone }: { session: NamedSession; onDone: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const [deed, setDeed] = useState<Deed | null>(null);
  const isOwn = session.staff_id === me.person.user_id;
  // Whether somebody's people are in one's departments is the server's to know: it refuses what goes too far.
  const mayChange = isOwn || may(me, "sessions.write");
  const deeds: Deed[] = session.state === "closed" ? ["reopen"] : ["assign", "close"];
  return (
    <>
      <Group>
        {mayChange && deeds.map((one) => (
          <Button key={one} h={44} variant={one === "assign" ? "filled" : "default"} onClick={() => setDeed(one)}>
            {t(`console.sessions.${one === "assign" && session.state === "open" ? "handTo" : one}`)}
          </Button>
        ))}
        {isOwn && <Button component="a" variant="default" h={44} href={`/app#/room/${encodeURIComponent(session.room_id)}`}>{t("console.sessions.inChat")}</Button>}
      </Group>
      {deed !== null && <SessionDeed key={deed} deed={deed} session={session} onClose={() => setDeed(null)} onDone={() => { setDeed(null); onDone(); }} />}
    </>
  );
}
