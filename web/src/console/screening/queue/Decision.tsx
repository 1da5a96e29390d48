import { Button, Checkbox, Group, Radio, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { IconCheck, IconX } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { ActionFailed, useAction } from "../../parts/action";
import type { Case } from "../types";

const PRESETS = ["content", "words", "private", "fraud", "files", "own"] as const;
type Chosen = "approve" | "refuse" | null;

type Props = { one: Case; onDecided: (words: string) => void; onChanged: () => void };

/** Approve or refuse: the first key opens what is said with it, Enter does it. Neither can be taken back. */
export function Decision({ one, onDecided, onChanged }: Props) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<Chosen>(null);
  const isOpen = one.state === "waiting" || one.state === "checking";
  const canApprove = one.state === "waiting";
  useHotkeys(isOpen ? [["A", () => canApprove && setChosen("approve")], ["R", () => setChosen("refuse")], ["Escape", () => setChosen(null)]] : []);
  if (!isOpen) return null;
  if (chosen !== null) return <Form key={chosen} one={one} chosen={chosen} onDecided={onDecided} onChanged={onChanged} onClose={() => setChosen(null)} />;
  return (
    <div className="decision">
      {!canApprove && <Text fz="sm">{t("screening.decide.checking")}</Text>}
      <Group gap="sm">
        <Button h={44} disabled={!canApprove} leftSection={<IconCheck size={18} />} rightSection={<kbd aria-hidden>A</kbd>} onClick={() => setChosen("approve")}>{t("screening.decide.approve")}</Button>
        <Button h={44} variant="default" className="danger-button" leftSection={<IconX size={18} />} rightSection={<kbd aria-hidden>R</kbd>} onClick={() => setChosen("refuse")}>{t("screening.decide.refuse")}</Button>
      </Group>
    </div>
  );
}

function Form({ one, chosen, onDecided, onChanged, onClose }: Props & { chosen: "approve" | "refuse"; onClose: () => void }) {
  const { t } = useTranslation();
  const [preset, setPreset] = useState<string>("content");
  const [own, setOwn] = useState("");
  const [reason, setReason] = useState("");
  const [remember, setRemember] = useState(false);
  const action = useAction(`screening_${chosen}`);
  const isRefusal = chosen === "refuse";
  const told = preset === "own" ? own.trim() : t(`screening.decide.preset.${preset}`);
  const decide = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (isRefusal && told === "") return;
    const body = { reason: reason.trim(), remember, ...(isRefusal ? { told } : {}) };
    const isDone = await action.run(async () => void (await call("POST", `/screening/cases/${encodeURIComponent(one.case_id)}/${chosen}`, { body })));
    if (isDone) onDecided(t(`screening.decide.done.${chosen}`));
  };
  const hasFiles = (one.media ?? []).length > 0;
  return (
    <form className="decision" onSubmit={(event) => void decide(event)} aria-label={t(`screening.decide.${chosen}`)} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <Stack gap="sm">
        {isRefusal && (
          <Radio.Group label={t("screening.decide.told")} value={preset} onChange={setPreset}>
            <div className="presets">{PRESETS.map((value) => <Radio key={value} value={value} label={t(`screening.decide.preset.${value}`)} />)}</div>
          </Radio.Group>
        )}
        {isRefusal && preset === "own" && <Textarea size="md" autosize minRows={2} maxRows={6} required maxLength={2000} data-autofocus label={t("screening.decide.ownLabel")} value={own} onChange={(event) => setOwn(event.currentTarget.value)} />}
        <TextInput size="md" label={t("screening.decide.note")} description={t("console.reasonHint")} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <Checkbox size="md" checked={remember} label={t(hasFiles ? "screening.decide.rememberFile" : "screening.decide.rememberWords")} onChange={(event) => setRemember(event.currentTarget.checked)} />
        <Text fz="sm" c="dimmed">{t(`screening.decide.${chosen}Text.${one.kind}`)} {t("screening.decide.final")}</Text>
        <ActionFailed error={action.error} />
        <Group gap="sm">
          <Button type="submit" h={44} autoFocus loading={action.isBusy} {...(isRefusal ? { color: "red.8" } : {})} rightSection={<kbd aria-hidden>↵</kbd>}>{t(`screening.decide.${chosen}`)}</Button>
          <Button variant="default" h={44} onClick={onClose}>{t("console.cancel")}</Button>
          {action.error !== null && <Button variant="subtle" h={44} onClick={onChanged}>{t("screening.decide.reload")}</Button>}
        </Group>
      </Stack>
    </form>
  );
}
