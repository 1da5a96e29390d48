import { ActionIcon, Group, Paper, SegmentedControl, Select, Stack, TagsInput, TextInput, Title } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconTrash } from "@tabler/icons-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { departmentOptions, useDepartments } from "../departments";
import { PersonPicker } from "../parts/PersonPicker";

export type Rule = { name?: string; languages?: string[]; customer?: string; words?: string[]; staff_id?: string | null; department_id?: string | null };

type Props = {
  rule: Rule;
  number: number;
  isFirst: boolean;
  isLast: boolean;
  isReadOnly: boolean;
  onChange: (rule: Rule) => void;
  onMove: (step: number) => void;
  onRemove: () => void;
};

/** One rule: to whom it applies, and where they go. */
export function RuleCard({ rule, number, isFirst, isLast, isReadOnly, onChange, onMove, onRemove }: Props) {
  const { t } = useTranslation();
  const { departments } = useDepartments();
  const options = useMemo(() => departmentOptions(departments), [departments]);
  const isStaff = typeof rule.staff_id === "string";
  const set = (change: Partial<Rule>): void => onChange({ ...rule, ...change });
  return (
    <Paper component="section" withBorder p="lg" aria-label={t("console.rules.number", { number })}>
      <Stack>
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} fz="md">{rule.name || t("console.rules.number", { number })}</Title>
          <Group gap={4} wrap="nowrap">
            <ActionIcon size={44} variant="subtle" color="gray" disabled={isFirst || isReadOnly} aria-label={t("console.rules.up", { number })} onClick={() => onMove(-1)}><IconArrowUp size={20} /></ActionIcon>
            <ActionIcon size={44} variant="subtle" color="gray" disabled={isLast || isReadOnly} aria-label={t("console.rules.down", { number })} onClick={() => onMove(1)}><IconArrowDown size={20} /></ActionIcon>
            <ActionIcon size={44} variant="subtle" color="gray" disabled={isReadOnly} aria-label={t("console.rules.remove", { number })} onClick={onRemove}><IconTrash size={20} /></ActionIcon>
          </Group>
        </Group>
        <div className="two">
          <TextInput size="md" label={t("console.name")} maxLength={200} value={rule.name ?? ""} onChange={(event) => set({ name: event.currentTarget.value })} />
          <TagsInput size="md" label={t("console.rules.languages")} description={t("console.rules.languagesHint")} value={rule.languages ?? []} onChange={(languages) => set({ languages })} />
          <TextInput size="md" label={t("console.rules.customer")} description={t("console.rules.customerHint")} maxLength={200} value={rule.customer ?? ""} onChange={(event) => set({ customer: event.currentTarget.value })} />
          <TagsInput size="md" label={t("console.rules.words")} description={t("console.rules.wordsHint")} value={rule.words ?? []} onChange={(words) => set({ words })} />
        </div>
        <SegmentedControl
          aria-label={t("console.rules.goTo")} value={isStaff ? "staff" : "department"} disabled={isReadOnly} data={[{ value: "department", label: t("console.rules.toDepartment") }, { value: "staff", label: t("console.rules.toPerson") }]}
          onChange={(kind) => set(kind === "staff" ? { staff_id: "", department_id: null } : { staff_id: null, department_id: null })}
        />
        {isStaff ? (
          <PersonPicker label={t("console.sessions.staff")} kind="staff" value={rule.staff_id || null} onChange={(staff) => set({ staff_id: staff ?? "", department_id: null })} />
        ) : (
          <Select size="md" label={t("console.department")} data={options} searchable value={rule.department_id ?? null} onChange={(department) => set({ department_id: department, staff_id: null })} />
        )}
      </Stack>
    </Paper>
  );
}
