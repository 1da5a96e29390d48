import { Alert, Button, Select, Stack, Text, Textarea } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { spoken } from "../i18n";
import { useSend } from "./useSend";
import { type Kind, type Report, titleOf } from "./types";

const ANY = "";
const MOST = 4000;

/** What is wrong, chosen or in one's own words; what is sent with it stands below. */
export function ReportForm({ onMade }: { onMade: (report: Report) => void }) {
  const { t } = useTranslation();
  const action = useSend("problem_report");
  const [kinds, setKinds] = useState<Kind[]>([]);
  const [kind, setKind] = useState(ANY);
  const [text, setText] = useState("");
  useEffect(() => {
    const stop = new AbortController();
    call<{ kinds: Kind[] }>("GET", "/repair/kinds", { signal: stop.signal }).then((answer) => setKinds(answer.kinds), () => {});
    return () => stop.abort();
  }, []);
  const send = (event: FormEvent): void => {
    event.preventDefault();
    const open = /#\/room\/([^/?]+)/.exec(window.location.hash)?.[1];
    const properties = open === undefined ? {} : { open_room_id: decodeURIComponent(open) };
    const body = { ...(kind === ANY ? {} : { kind }), text, language: spoken(), client: "Roomkeeper web", properties };
    void action.run(async () => onMade(await call<Report>("POST", "/repair/reports", { body })));
  };
  return (
    <form onSubmit={send}>
      <Stack>
        <Text fz="sm">{t("repair.intro")}</Text>
        <Select
          size="md" label={t("repair.what")} allowDeselect={false} value={kind} onChange={(value) => setKind(value ?? ANY)} comboboxProps={{ withinPortal: false }}
          data={[{ value: ANY, label: t("repair.any") }, ...kinds.map((one) => ({ value: one.kind, label: titleOf(one) }))]}
        />
        <Textarea size="md" label={t("repair.words")} placeholder={t("repair.placeholder")} autosize minRows={3} maxRows={8} maxLength={MOST} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <Text fz="xs" c="dimmed">{t("repair.sent")}</Text>
        {action.why !== null && <Alert role="alert" color="red" variant="light">{action.why}</Alert>}
        <Button type="submit" h={44} loading={action.isBusy} disabled={kind === ANY && text.trim() === ""}>{t("repair.send")}</Button>
      </Stack>
    </form>
  );
}
