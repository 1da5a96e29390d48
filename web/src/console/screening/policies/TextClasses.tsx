import { Button, Select, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { type Action, ACTIONS, type TextList } from "../types";
import { labelWords } from "../words";
import { ActionSelect } from "./ActionSelect";

/** What becomes of what the lists of words find, by what they call it. */
export function TextClasses({ text, onChange }: { text: Readonly<Record<string, Action>>; onChange: (text: Readonly<Record<string, Action>>) => void }) {
  const { t } = useTranslation();
  const { value } = useLoad(async (signal) => (await call<{ lists: TextList[] }>("GET", "/screening/lists", { signal })).lists, []);
  const labels = [...new Set((value ?? []).filter((list) => list.kind !== "allow").map((list) => list.label))].filter((label) => !(label in text));
  const put = (label: string, action: Action | undefined): void => {
    const { [label]: _, ...others } = text;
    onChange(action === undefined ? others : { ...others, [label]: action });
  };
  return (
    <>
      {Object.keys(text).length === 0 && <Text fz="sm" c="dimmed">{t("screening.policies.asLists")}</Text>}
      {Object.entries(text).map(([label, action]) => (
        <div key={label} className="text-class">
          <ActionSelect label={labelWords(label, t)} open={t("screening.policies.asList")} value={action} onChange={(next) => put(label, next)} />
          <Button variant="subtle" h={44} aria-label={t("screening.policies.resetOf", { label: labelWords(label, t) })} onClick={() => put(label, undefined)}>{t("screening.policies.reset")}</Button>
        </div>
      ))}
      {labels.length > 0 && (
        <Select
          size="md" label={t("screening.policies.addClass")} placeholder={t("screening.policies.chooseClass")} value={null} data={labels.map((label) => ({ value: label, label: labelWords(label, t) }))}
          onChange={(label) => label !== null && put(label, ACTIONS[2])}
        />
      )}
    </>
  );
}
