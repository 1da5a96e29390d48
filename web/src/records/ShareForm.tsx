import { ActionIcon, Button, CopyButton, Group, NativeSelect, SegmentedControl, Stack, Switch, Text, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { track } from "../track";
import { failureOf } from "./failure";
import { FindPerson, type Found } from "./FindPerson";
import type { Chosen } from "./Span";
import type { Share } from "./types";

const ROLES = ["staff", "supervisor", "moderator", "records_officer", "safety_officer", "support_engineer", "owner"] as const;
const HOURS = ["1", "24", "168", "720", ""] as const;
type Whom = Share["whom"];
type Props = { recordId: string; departments: readonly string[]; chosen: Chosen; onChoose: () => void; onShared: () => void };

export function ShareForm({ recordId, departments, chosen, onChoose, onShared }: Props) {
  const { t } = useTranslation();
  const [whom, setWhom] = useState<Whom>("person");
  const [person, setPerson] = useState<Found | null>(null);
  const [role, setRole] = useState<string>("supervisor");
  const [isWithin, setWithin] = useState(departments.length > 0);
  const [hours, setHours] = useState<string>("168");
  const [note, setNote] = useState("");
  const [state, setState] = useState<{ isBusy: boolean; error: unknown; url: string; done: string }>({ isBusy: false, error: null, url: "", done: "" });
  const hasPart = chosen.first !== null && chosen.last !== null;
  const share = async (): Promise<void> => {
    setState({ isBusy: true, error: null, url: "", done: "" });
    track("record_share", { whom });
    const who = whom === "person" ? person?.userId : whom === "role" ? role : "";
    const body = {
      whom, who: who ?? "", note: note.trim(), ...(whom === "role" && isWithin && departments[0] ? { department_id: departments[0] } : {}),
      ...(hasPart ? { first_seq: chosen.first, last_seq: chosen.last } : {}), ...(hours ? { hours: Number(hours) } : {}),
    };
    try {
      const made = await call<{ share: Share; url?: string }>("POST", `/records/${encodeURIComponent(recordId)}/shares`, { body });
      setState({ isBusy: false, error: null, url: made.url ?? "", done: whom === "person" ? (person?.name ?? "") : whom === "role" ? t(`record.role.${role}`) : "" });
      setPerson(null);
      onShared();
    } catch (error) {
      setState({ isBusy: false, error, url: "", done: "" });
    }
  };
  const options = HOURS.filter((one) => one !== "" || whom !== "link").map((value) => ({ value, label: t(`record.share.hours.${value || "never"}`) }));
  return (
    <form onSubmit={(event) => { event.preventDefault(); void share(); }}>
      <Stack gap="sm">
        <SegmentedControl fullWidth aria-label={t("record.share.whom")} value={whom} data={(["person", "role", "link"] as const).map((value) => ({ value, label: t(`record.share.${value}`) }))} onChange={(value) => { setWhom(value as Whom); if (value === "link" && hours === "") setHours("168"); }} />
        {whom === "person" && <FindPerson chosen={person} onChosen={setPerson} />}
        {whom === "role" && <NativeSelect size="md" label={t("record.share.role")} value={role} data={ROLES.map((value) => ({ value, label: t(`record.role.${value}`) }))} onChange={(event) => setRole(event.currentTarget.value)} />}
        {whom === "role" && departments.length > 0 && <Switch label={t("record.share.within")} checked={isWithin} onChange={(event) => setWithin(event.currentTarget.checked)} />}
        {whom === "link" && <Text fz="sm" c="dimmed">{t("record.share.linkText")}</Text>}
        <Group gap="sm" align="center">
          <Text fz="sm">{hasPart ? t("record.share.part", { first: chosen.first, last: chosen.last }) : t("record.share.whole")}</Text>
          <Button variant="default" h={44} onClick={onChoose}>{t(hasPart ? "record.share.other" : "record.share.choose")}</Button>
        </Group>
        <NativeSelect size="md" label={t("record.share.until")} value={hours} data={options} onChange={(event) => setHours(event.currentTarget.value)} />
        <TextInput size="md" label={t("record.share.note")} value={note} maxLength={500} onChange={(event) => setNote(event.currentTarget.value)} />
        {state.error !== null && <Text role="alert" fz="sm" c="var(--rk-danger)">{failureOf(state.error, t)}</Text>}
        {state.done && <Text role="status" fz="sm">{t("record.share.done", { name: state.done })}</Text>}
        <Group><Button type="submit" h={44} loading={state.isBusy} disabled={whom === "person" && person === null}>{t(whom === "link" ? "record.share.make" : "record.share.go")}</Button></Group>
        {state.url && <Link url={state.url} />}
      </Stack>
    </form>
  );
}

/** It is shown this once. */
function Link({ url }: { url: string }) {
  const { t } = useTranslation();
  return (
    <Group align="flex-end" gap="sm" wrap="nowrap">
      <TextInput flex={1} size="md" label={t("record.share.url")} description={t("record.share.once")} readOnly value={url} onFocus={(event) => event.currentTarget.select()} />
      <CopyButton value={url}>
        {({ copied, copy }) => <ActionIcon size={44} variant="default" aria-label={t(copied ? "record.share.copied" : "record.share.copy")} onClick={copy}>{copied ? <IconCheck size={20} /> : <IconCopy size={20} />}</ActionIcon>}
      </CopyButton>
    </Group>
  );
}
