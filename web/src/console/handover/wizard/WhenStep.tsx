import { Radio, Stack, Text, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { exact } from "../../../times";
import { fieldOf, useDraft } from "./draft";
import { effectiveTs } from "./draft";

const DAY_MS = 86_400_000;
const EVENING = 18;

/** Leaving, or handing customers on; now, or at a time; why. */
export function WhenStep({ name }: { name: string }) {
  const { t } = useTranslation();
  const [draft, set] = useDraft();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const ts = effectiveTs(draft);
  return (
    <Stack gap="lg">
      <Radio.Group label={t("handover.when.kind", { name })} value={draft.kind} onChange={(kind) => set({ kind: kind === "transfer" ? "transfer" : "departure" })}>
        <Stack gap="sm" mt="sm">
          {(["departure", "transfer"] as const).map((kind) => (
            <Radio key={kind} value={kind} disabled={draft.changes !== null && draft.kind !== kind} label={t(`handover.when.${kind}`, { name })} description={t(`handover.when.${kind}Text`)} />
          ))}
        </Stack>
      </Radio.Group>
      <Radio.Group label={t("handover.when.when")} value={draft.isDated ? "date" : "now"} onChange={(value) => set({ isDated: value === "date", at: draft.at || fieldOf(tomorrowEvening()) })}>
        <Stack gap="sm" mt="sm">
          <Radio value="now" label={t("handover.when.now")} description={t("handover.when.nowText")} />
          <Radio value="date" label={t("handover.when.date")} description={t("handover.when.dateText")} />
        </Stack>
      </Radio.Group>
      {draft.isDated && (
        <div className="narrow">
          <TextInput
            type="datetime-local" size="md" label={t("handover.when.at")} description={t("handover.when.zone", { zone })} value={draft.at} min={fieldOf(Date.now())}
            onChange={(event) => set({ at: event.currentTarget.value })} required
          />
          {ts !== null && !Number.isNaN(ts) && <Text fz="sm" mt={4}>{exact(ts)}</Text>}
        </div>
      )}
      <div className="narrow">
        <TextInput size="md" label={t("console.reason")} description={t("handover.when.reasonText")} maxLength={500} value={draft.reason} disabled={draft.changes !== null} onChange={(event) => set({ reason: event.currentTarget.value })} />
      </div>
    </Stack>
  );
}

function tomorrowEvening(): number {
  return new Date(Date.now() + DAY_MS).setHours(EVENING, 0, 0, 0);
}
