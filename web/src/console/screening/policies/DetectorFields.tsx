import { Badge, Button, NumberInput, Stack, Switch, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Detector, DetectorRule, Label, Thresholds } from "../types";
import { detectorWords, labelWords } from "../words";
import { ActionSelect } from "./ActionSelect";

type Props = { detector: Detector; rule: DetectorRule; onChange: (rule: DetectorRule) => void };

/** How one detector counts. */
export function DetectorFields({ detector, rule, onChange }: Props) {
  const { t } = useTranslation();
  const isOn = rule.enabled !== false;
  const isChanged = Object.keys(rule).length > 0;
  const set = (changes: { [Key in keyof DetectorRule]?: DetectorRule[Key] | undefined }): void => onChange({ ...rule, ...changes } as DetectorRule);
  const proposed = (waits: boolean): string => t("screening.policies.proposed", { action: t(`screening.action.${waits ? "review" : "allow"}`) });
  const put = (label: string, limits: Thresholds | null): void => {
    const { [label]: _, ...others } = rule.thresholds ?? {};
    set({ thresholds: limits === null ? others : { ...others, [label]: limits } });
  };
  return (
    <details className="detector-rule">
      <summary>
        <b>{detectorWords(detector.name, t)}</b>
        {!isOn && <Badge className="tone" data-tone="quiet" tt="none">{t("screening.policies.off")}</Badge>}
        {isOn && isChanged && <Badge className="tone" data-tone="warn" tt="none">{t("screening.policies.changed")}</Badge>}
        {detector.absent !== null && <Badge className="tone" data-tone="quiet" tt="none">{t("screening.policies.notThere")}</Badge>}
      </summary>
      <Stack pt="sm">
        <Switch size="md" label={t("screening.field.enabled")} checked={isOn} onChange={(event) => set({ enabled: event.currentTarget.checked ? undefined : false })} />
        {isOn && Object.entries(detector.labels).map(([name, label]) => <LabelFields key={name} name={name} detector={detectorWords(detector.name, t)} label={label} limits={rule.thresholds?.[name]} onChange={(limits) => put(name, limits)} />)}
        {isOn && (
          <div className="two">
            <NumberInput size="md" label={t("screening.field.timeout")} suffix=" s" min={0.1} max={600} placeholder={`${detector.timeout} s`} value={rule.timeout ?? ""} onChange={(value) => set({ timeout: typeof value === "number" && value > 0 ? value : undefined })} />
            <ActionSelect label={t("screening.field.on_absence")} open={proposed(detector.required)} value={rule.on_absence} onChange={(on_absence) => set({ on_absence })} />
            <ActionSelect label={t("screening.field.on_failure")} open={proposed(detector.failing_waits)} value={rule.on_failure} onChange={(on_failure) => set({ on_failure })} />
            <ActionSelect label={t("screening.field.on_refusal")} open={proposed(false)} value={rule.on_refusal} onChange={(on_refusal) => set({ on_refusal })} />
          </div>
        )}
      </Stack>
    </details>
  );
}

type LabelProps = { name: string; detector: string; label: Label; limits: Thresholds | undefined; onChange: (limits: Thresholds | null) => void };

/** From which score on something is reviewed and blocked; what is proposed is what is begun with. */
function LabelFields({ name, detector, label, limits, onChange }: LabelProps) {
  const { t } = useTranslation();
  const shown = limits ?? { review: label.review, block: label.block };
  const words = labelWords(name, t);
  const isWrong = typeof shown.review === "number" && typeof shown.block === "number" && shown.block < shown.review;
  const field = (key: "review" | "block") => (
    <NumberInput
      size="md" label={t(`screening.field.${key}`)} aria-label={`${detector}, ${words}: ${t(`screening.field.${key}`)}`} min={0} max={1} step={0.05} decimalScale={3} placeholder={t("screening.policies.never")}
      value={shown[key] ?? ""} error={key === "block" && isWrong ? t("screening.policies.wrongOrder") : undefined}
      onChange={(value) => { const next = typeof value === "number" ? value : null; if (next !== (shown[key] ?? null)) onChange({ review: shown.review ?? null, block: shown.block ?? null, [key]: next }); }}
    />
  );
  return (
    <div className="label-rule">
      <div><Text fz="sm" fw={600}>{words}</Text><Text fz="xs" c="dimmed">{t(`screening.labelText.${name}`, { defaultValue: label.description })}</Text></div>
      {field("review")}
      {field("block")}
      <Button variant="subtle" h={44} disabled={limits === undefined} onClick={() => onChange(null)} aria-label={t("screening.policies.resetOf", { label: `${detector}, ${words}` })}>{t("screening.policies.reset")}</Button>
    </div>
  );
}
