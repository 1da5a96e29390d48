import { ActionIcon, Group, MultiSelect, Paper, SegmentedControl, Select, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { departmentOptions, useDepartments } from "../../departments";
import { PersonPicker } from "../../parts/PersonPicker";
import type { Rule, Strategy } from "../types";

const STRATEGIES: readonly Strategy[] = ["least_loaded", "round_robin", "language", "skill"];

type Props = { rule: Rule; number: number; isLast: boolean; onChange: (rule: Rule) => void; onMove: (step: number) => void; onRemove: () => void };

/** One rule: whom it concerns, and who gets them. */
export function RuleEditor({ rule, number, isLast, onChange, onMove, onRemove }: Props) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const options = useMemo(() => departmentOptions(departments), [departments]);
  const [isToPerson, setToPerson] = useState(Boolean(rule.staff_id));
  const set = (change: Partial<Rule>): void => onChange({ ...rule, ...change });
  const aim = (kind: string): void => {
    setToPerson(kind === "person");
    set({ staff_id: null, department_id: null });
  };
  return (
    <Paper component="section" withBorder p="lg" aria-label={t("handover.rule.number", { number })}>
      <Stack>
        <Group justify="space-between" wrap="nowrap">
          <Text fw={600}>{t("handover.rule.number", { number })}</Text>
          <Group gap={4} wrap="nowrap">
            <ActionIcon size={44} variant="subtle" color="gray" disabled={number === 1} aria-label={t("console.rules.up", { number })} onClick={() => onMove(-1)}><IconArrowUp size={20} /></ActionIcon>
            <ActionIcon size={44} variant="subtle" color="gray" disabled={isLast} aria-label={t("console.rules.down", { number })} onClick={() => onMove(1)}><IconArrowDown size={20} /></ActionIcon>
            <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("console.rules.remove", { number })} onClick={onRemove}><IconTrash size={20} /></ActionIcon>
          </Group>
        </Group>
        <div className="two">
          <TagsInput size="md" label={t("handover.rule.languages")} description={t("handover.rule.languagesText")} value={[...(rule.languages ?? [])]} maxTags={50} onChange={(languages) => set({ languages })} />
          <MultiSelect size="md" label={t("handover.rule.departments")} description={t("handover.rule.departmentsText")} data={options} searchable clearable clearButtonProps={{ "aria-label": t("console.clear") }} value={[...(rule.departments ?? [])]} onChange={(chosen) => set({ departments: chosen })} />
        </div>
        <SegmentedControl
          aria-label={t("handover.rule.to")} value={isToPerson ? "person" : "department"} onChange={aim}
          data={[{ value: "department", label: t("handover.rule.toDepartment") }, { value: "person", label: t("handover.rule.toPerson") }]}
        />
        {isToPerson ? (
          <div className="narrow"><PersonPicker label={t("handover.rule.person")} kind="staff" value={rule.staff_id ?? null} onChange={(staff_id) => set({ staff_id, department_id: null })} isRequired /></div>
        ) : (
          <div className="two">
            <Select size="md" label={t("console.department")} data={options} searchable required value={rule.department_id ?? null} onChange={(department_id) => set({ department_id, staff_id: null })} />
            <Select size="md" label={t("handover.rule.by")} data={STRATEGIES.map((value) => ({ value, label: t(`handover.strategy.${value}`) }))} allowDeselect={false} value={rule.by ?? "least_loaded"} onChange={(by) => set({ by: (by ?? "least_loaded") as Strategy })} />
            {rule.by === "skill" && <TextInput size="md" label={t("handover.rule.skill")} maxLength={200} required value={rule.skill ?? ""} onChange={(event) => set({ skill: event.currentTarget.value })} />}
          </div>
        )}
      </Stack>
    </Paper>
  );
}
