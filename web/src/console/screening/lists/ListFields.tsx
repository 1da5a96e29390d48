import { Radio, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { ListKind, TextList } from "../types";

export type Wanted = Pick<TextList, "name" | "kind" | "label" | "action" | "language" | "enabled">;
const KINDS = ["words", "expressions", "allow"] as const;

type Props = { wanted: Wanted; isNew?: boolean; onChange: (wanted: Wanted) => void };

/** What a list is called, and what a find leads to. */
export function ListFields({ wanted, isNew = false, onChange }: Props) {
  const { t } = useTranslation();
  const isAllow = wanted.kind === "allow";
  return (
    <Stack>
      <TextInput size="md" required label={t("console.name")} maxLength={100} value={wanted.name} onChange={(event) => onChange({ ...wanted, name: event.currentTarget.value })} />
      {isNew && (
        <Radio.Group label={t("screening.lists.kind")} value={wanted.kind} onChange={(kind) => onChange({ ...wanted, kind: kind as ListKind })}>
          <div className="presets">{KINDS.map((kind) => <Radio key={kind} value={kind} label={t(`screening.listKind.${kind}`)} description={t(`screening.listKindText.${kind}`)} />)}</div>
        </Radio.Group>
      )}
      {!isAllow && (
        <>
          <TextInput
            size="md" required label={t("screening.lists.label")} description={t("screening.lists.labelHint")} maxLength={50} pattern="[a-z0-9_.\-]+" value={wanted.label}
            onChange={(event) => onChange({ ...wanted, label: event.currentTarget.value.toLowerCase().replaceAll(" ", "_") })}
          />
          <Select
            size="md" label={t("screening.lists.action")} description={t("screening.lists.actionHint")} allowDeselect={false} value={wanted.action}
            data={(["review", "block"] as const).map((value) => ({ value, label: t(`screening.action.${value}`) }))} onChange={(action) => action !== null && onChange({ ...wanted, action: action as Wanted["action"] })}
          />
        </>
      )}
      <TextInput size="md" label={t("console.language")} description={t("screening.lists.languageHint")} maxLength={35} value={wanted.language} onChange={(event) => onChange({ ...wanted, language: event.currentTarget.value.trim() })} />
      {!isNew && <Switch size="md" label={t("screening.lists.enabled")} checked={wanted.enabled} onChange={(event) => onChange({ ...wanted, enabled: event.currentTarget.checked })} />}
    </Stack>
  );
}
