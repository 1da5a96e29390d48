import { Alert, Button, FileInput, Paper, SegmentedControl, Select, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { type FormEvent, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { departmentOptions, useDepartments } from "../../departments";
import { ActionFailed, useAction } from "../../parts/action";
import { ActionMark, Reasons } from "../queue/Reasons";
import { type Policy, SENDERS, type Tried } from "../types";
import { uploaded } from "../upload";
import { detectorWords, labelWords, scoreWords } from "../words";

/** What would become of words or a file, by the policies as they are or, where they are being changed, would be. */
export function TryBox({ policies }: { policies: readonly Policy[] | null }) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const options = useMemo(() => departmentOptions(departments), [departments]);
  const [text, setText] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const [kind, setKind] = useState<string | null>("customer");
  const [department, setDepartment] = useState<string | null>(null);
  const [room, setRoom] = useState("");
  const [by, setBy] = useState("edited");
  const [tried, setTried] = useState<Tried | null>(null);
  const action = useAction("screening_try");
  const attempt = (event: FormEvent): void => {
    event.preventDefault();
    setTried(null);
    void action.run(async () => {
      const what = file === null ? { text } : { media_id: await uploaded(file) };
      const asked = { kind, department: department ?? "", room_id: room.trim(), ...(policies !== null && by === "edited" ? { policies } : {}) };
      setTried(await call<Tried>("POST", "/screening/try", { body: { ...what, ...asked } }));
    });
  };
  return (
    <Paper component="form" withBorder p="md" className="try" aria-label={t("screening.try.title")} onSubmit={attempt}>
      <Stack gap="sm">
        <div><Title order={2} fz="md">{t("screening.try.title")}</Title><Text fz="sm" c="dimmed">{t("screening.try.text")}</Text></div>
        <Textarea size="md" autosize minRows={2} maxRows={8} label={t("screening.try.words")} disabled={file !== null} maxLength={65_536} value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <FileInput size="md" label={t("screening.try.file")} placeholder={t("screening.try.choose")} leftSection={<IconFileUpload size={20} />} clearable clearButtonProps={{ "aria-label": t("console.clear") }} value={file} onChange={setFile} />
        <Select size="md" label={t("screening.try.sender")} allowDeselect={false} data={SENDERS.map((value) => ({ value, label: t(`screening.sender.${value}`) }))} value={kind} onChange={setKind} />
        {options.length > 0 && <Select size="md" label={t("console.department")} placeholder={t("screening.try.noDepartment")} searchable clearable clearButtonProps={{ "aria-label": t("console.clear") }} data={options} value={department} onChange={setDepartment} />}
        <TextInput size="md" label={t("screening.try.room")} description={t("screening.try.roomHint")} maxLength={255} value={room} onChange={(event) => setRoom(event.currentTarget.value)} />
        {policies !== null && <SegmentedControl aria-label={t("screening.try.by")} value={by} onChange={setBy} data={["edited", "saved"].map((value) => ({ value, label: t(`screening.try.${value}`) }))} />}
        <ActionFailed error={action.error} />
        <Button type="submit" h={44} variant="light" loading={action.isBusy} disabled={file === null && text.trim() === ""}>{t("screening.try.go")}</Button>
        {tried !== null && <Verdict tried={tried} />}
      </Stack>
    </Paper>
  );
}

function Verdict({ tried }: { tried: Tried }) {
  const { t } = useTranslation();
  const name = tried.policy === "default" ? t("screening.policies.default") : tried.policy;
  const scores = tried.seen.flatMap(({ detector, outcome, labels, message }) =>
    outcome === "seen" ? Object.entries(labels).map(([label, score]) => `${detectorWords(detector, t)}, ${labelWords(label, t)}: ${scoreWords(score)}`) : [`${detectorWords(detector, t)}: ${t(`screening.source.${outcome}`)} ${message}`],
  );
  return (
    <Alert role="status" variant="light" color={{ allow: "green", review: "orange", block: "red" }[tried.action]} classNames={{ label: "verdict-title" }} title={t(`screening.try.verdict.${tried.action}`)}>
      <Stack gap="sm">
        <Text fz="sm"><ActionMark action={tried.action} /> {t("screening.try.policy", { name })}</Text>
        {tried.waiting && <Text fz="sm">{t("screening.try.waiting")}</Text>}
        <Reasons reasons={tried.reasons} />
        {scores.length > 0 && <details className="chart-table"><summary>{t("screening.case.looks", { count: tried.seen.length })}</summary><ul className="differences">{scores.map((score) => <li key={score} className="break">{score}</li>)}</ul></details>}
      </Stack>
    </Alert>
  );
}
