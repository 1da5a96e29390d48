import { Checkbox, Switch, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Section } from "../settings/Section";
import { type Kind, KINDS, type Preferences } from "./types";
import { useAct } from "./useAct";
import type { Agreed } from "./usePreferences";

/** Whether one is asked when something happens nearby, and into which groups one is taken without being asked. */
export function Asking({ agreed }: { agreed: Agreed }) {
  const { t } = useTranslation();
  const action = useAct("safety_preferences");
  const change = async (changes: Partial<Preferences>): Promise<void> => void (await action.run(() => agreed.change(changes)));
  const { asked, joins } = agreed.preferences;
  const isBusy = action.state === "busy";
  const toggle = (kind: Kind, is: boolean): void => void change({ joins: KINDS.filter((one) => (one === kind ? is : joins.includes(one))) });
  return (
    <Section title={t("safety.asking.title")}>
      <Switch label={t("safety.asking.asked")} description={t("safety.asking.askedText")} checked={asked} disabled={isBusy} onChange={(event) => void change({ asked: event.currentTarget.checked })} />
      <fieldset className="joins">
        <legend>{t("safety.asking.joins")}</legend>
        <Text fz="sm" c="dimmed">{t("safety.asking.joinsText")}</Text>
        <div className="joins-kinds">
          {KINDS.map((kind) => <Checkbox key={kind} className="tap" label={t(`safety.kind.${kind}`)} checked={joins.includes(kind)} disabled={isBusy} onChange={(event) => toggle(kind, event.currentTarget.checked)} />)}
        </div>
      </fieldset>
      {action.why && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why}</Text>}
    </Section>
  );
}
