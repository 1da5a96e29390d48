import { Button, Group, Stack, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useLoad } from "../load";
import { may, useMe } from "../me";
import { namesOf } from "../names";
import { useAction } from "../parts/action";
import { Ago } from "../parts/Ago";
import { Broken } from "../parts/Broken";
import { Confirm } from "../parts/Confirm";
import { DrawerSection } from "../parts/DrawerSection";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { hrefOf } from "../route";
import type { Contact } from "../types";

export type NamedContact = Contact & { other: string; otherId: string };

const PAGE = 500;

/** What there is between two people: now, and each time before. */
export function ContactPanel({ of, subject, onChanged }: { of: string; subject: string; onChanged: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const otherId = subject.split(" ")[0] ?? "";
  const { value, error, reload } = useLoad(async (signal) => {
    // The list is in the order of the others' ids: what comes before this one is passed over.
    const query = { past: true, limit: PAGE, from: `0.${otherId}` };
    const { contacts } = await call<{ contacts: Contact[] }>("GET", `/people/${encodeURIComponent(of)}/contacts`, { query, signal });
    const times = contacts.filter((one) => one.customer_id === otherId || one.staff_id === otherId);
    const name = await namesOf([of, otherId], signal);
    return { times, name: name(of), other: name(otherId) };
  }, [of, otherId]);
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const action = useAction("contact_end");
  if (value === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  const current = value.times.find((one) => one.until_ts === undefined);
  const end = async (): Promise<void> => {
    if (current === undefined) return;
    const path = `/people/${encodeURIComponent(current.staff_id)}/contacts/${encodeURIComponent(current.customer_id)}`;
    if (!(await action.run(async () => void (await call("DELETE", path, { body: { reason: reason.trim() } }))))) return;
    setAsking(false);
    reload();
    onChanged();
  };
  return (
    <Stack>
      <Title order={2} fz="lg">{t("console.contacts.between", { one: value.name, other: value.other })}</Title>
      <Group>
        <Button component="a" variant="default" h={44} href={hrefOf("people", otherId)}>{t("console.people.card")}</Button>
        {current !== undefined && may(me, "contacts.write") && <Button variant="default" h={44} onClick={() => { action.clear(); setAsking(true); }}>{t("console.contacts.end")}</Button>}
      </Group>
      <DrawerSection title={t("console.contacts.history")}>
        <ul className="plain-list">
          {value.times.map((one) => (
            <li key={one.since_ts} className="tall">
              <span>{t("console.contacts.since")} <Ago ts={one.since_ts} />{one.reason && <Text fz="xs" c="dimmed">{one.reason}</Text>}</span>
              <span>{one.until_ts ? <>{t("console.contacts.until")} <Ago ts={one.until_ts} /></> : t("console.contacts.now")}{one.end_reason && <Text fz="xs" c="dimmed">{one.end_reason}</Text>}</span>
            </li>
          ))}
        </ul>
      </DrawerSection>
      <Confirm opened={isAsking} title={t("console.contacts.endSure", { one: value.name, other: value.other })} label={t("console.contacts.end")} isDanger action={action} onClose={() => setAsking(false)} onConfirm={() => void end()}>
        <Text fz="sm">{t("console.contacts.endText")}</Text>
        <TextInput size="md" label={t("console.reason")} description={t("console.reasonHint")} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      </Confirm>
    </Stack>
  );
}
