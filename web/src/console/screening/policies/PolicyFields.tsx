import { MultiSelect, NumberInput, Select, Stack, Switch, TagsInput, TextInput, Title } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { departmentOptions, useDepartments } from "../../departments";
import { type Detector, type Match, MEDIA, type MediaKind, type Policy, SEEN_LATER, type SenderKind, SENDERS } from "../types";
import { ActionSelect } from "./ActionSelect";
import { DetectorFields } from "./DetectorFields";
import { compact } from "./draft";
import { TextClasses } from "./TextClasses";

type Props = { policy: Policy; detectors: readonly Detector[]; onChange: (policy: Policy) => void };

/** All that a policy says. What is left open is as the settings and the detectors say. */
export function PolicyFields({ policy, detectors, onChange }: Props) {
  const { t } = useTranslation();
  const set = (changes: { [Key in keyof Policy]?: Policy[Key] | undefined }): void => onChange(compact({ ...policy, ...changes }) as Policy);
  return (
    <Stack>
      <TextInput size="md" required label={t("console.name")} maxLength={100} value={policy.name} onChange={(event) => set({ name: event.currentTarget.value })} />
      <Switch size="md" label={t("screening.field.screen")} checked={policy.screen !== false} onChange={(event) => set({ screen: event.currentTarget.checked ? undefined : false })} />
      <Title order={3} fz="sm">{t("screening.policies.for")}</Title>
      <MatchFields match={policy.match ?? {}} onChange={(match) => set({ match: compact(match) })} />
      {policy.screen !== false && (
        <>
          <Title order={3} fz="sm">{t("screening.policies.waits")}</Title>
          <div className="two">
            <NumberInput
              size="md" label={t("screening.field.deadline")} description={t("screening.policies.deadlineHint")} suffix=" s" min={0} max={120} placeholder={t("screening.field.open")}
              value={policy.deadline ?? ""} onChange={(value) => set({ deadline: typeof value === "number" ? value : undefined })}
            />
            <ActionSelect label={t("screening.field.on_deadline")} description={t("screening.policies.onDeadlineHint")} open={t("screening.field.open")} value={policy.on_deadline} onChange={(on_deadline) => set({ on_deadline })} />
            <Select
              size="md" label={t("screening.field.on_seen_later")} description={t("screening.policies.seenLaterHint")} allowDeselect={false} value={policy.on_seen_later ?? ""}
              data={[{ value: "", label: t("screening.field.open") }, ...SEEN_LATER.map((value) => ({ value, label: t(`screening.seenLater.${value}`) }))]}
              onChange={(value) => set({ on_seen_later: SEEN_LATER.find((one) => one === value) })}
            />
          </div>
          <Title order={3} fz="sm">{t("screening.policies.words")}</Title>
          <TextClasses text={policy.text ?? {}} onChange={(text) => set({ text })} />
          <TagsInput size="md" label={t("screening.field.languages")} description={t("screening.policies.languagesHint")} value={policy.languages ?? []} maxTags={50} onChange={(languages) => set({ languages })} />
          <Title order={3} fz="sm">{t("screening.view.detectors")}</Title>
          {detectors.map((detector) => (
            <DetectorFields
              key={detector.name} detector={detector} rule={policy.detectors?.[detector.name] ?? {}}
              onChange={(rule) => set({ detectors: compact({ ...policy.detectors, [detector.name]: compact(rule) }) })}
            />
          ))}
        </>
      )}
    </Stack>
  );
}

function MatchFields({ match, onChange }: { match: Match; onChange: (match: Match) => void }) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const options = useMemo(() => departmentOptions(departments), [departments]);
  const any = (chosen: readonly string[] | undefined): string => (chosen?.length ? "" : t("screening.match.any"));
  const clear = { clearable: true, clearButtonProps: { "aria-label": t("console.clear") } };
  return (
    <div className="two">
      <MultiSelect size="md" {...clear} label={t("screening.match.senders")} placeholder={any(match.senders)} data={SENDERS.map((value) => ({ value, label: t(`screening.sender.${value}`) }))} value={match.senders ?? []} onChange={(senders) => onChange({ ...match, senders: senders as SenderKind[] })} />
      <MultiSelect size="md" {...clear} searchable label={t("screening.match.departments")} placeholder={any(match.departments)} data={options} value={match.departments ?? []} onChange={(chosen) => onChange({ ...match, departments: chosen })} />
      <MultiSelect size="md" {...clear} label={t("screening.match.media")} description={t("screening.match.mediaHint")} placeholder={any(match.media)} data={MEDIA.map((value) => ({ value, label: t(`screening.media.${value}`) }))} value={match.media ?? []} onChange={(media) => onChange({ ...match, media: media as MediaKind[] })} />
      <TagsInput size="md" {...clear} label={t("screening.match.rooms")} description={t("screening.match.roomsHint")} placeholder={any(match.rooms)} value={match.rooms ?? []} onChange={(rooms) => onChange({ ...match, rooms })} />
    </div>
  );
}

