import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type Program, type Rule, RULES } from "./types";

/** What the agent's own sources are called in records; others may be written. */
const KNOWN = ["gajim", "hexchat", "irc", "irssi", "matrix", "pidgin", "telegram", "weechat", "whatsapp", "xmpp", "Signal", "Slack"];
const MOST = 200;
const MOST_LETTERS = 300;
type Props = { programs: readonly Program[]; onChange: (programs: Program[]) => void };

/** What is recorded of some programs by their names. */
export function Programs({ programs, onChange }: Props) {
  const { t } = useTranslation();
  const change = (at: number, changes: Partial<Program>): void => onChange(programs.map((one, index) => (index === at ? { ...one, ...changes } : one)));
  return (
    <Stack gap="sm" role="group" aria-label={t("agents.policy.programs")}>
      <div>
        <Text fw={500}>{t("agents.policy.programs")}</Text>
        <Text fz="xs" c="dimmed">{t("agents.policy.programs_text")}</Text>
      </div>
      <datalist id="agent-programs">{KNOWN.map((name) => <option key={name} value={name} />)}</datalist>
      {programs.map((one, at) => (
        <div key={at} className="agent-program">
          <TextInput size="md" list="agent-programs" aria-label={t("agents.policy.program")} placeholder={t("agents.policy.program")} maxLength={MOST_LETTERS} value={one.program} onChange={(event) => change(at, { program: event.currentTarget.value })} />
          <RuleSelect label={t("agents.policy.recorded", { program: one.program })} isBare value={one.record} onChange={(record) => change(at, { record })} />
          <ActionIcon variant="subtle" color="gray" size={44} aria-label={t("agents.policy.removeProgram", { program: one.program })} onClick={() => onChange(programs.filter((_, index) => index !== at))}><IconX size={18} /></ActionIcon>
        </div>
      ))}
      {programs.length < MOST && <Group><Button variant="default" h={44} leftSection={<IconPlus size={18} />} onClick={() => onChange([...programs, { program: "", record: "on_request" }])}>{t("agents.policy.addProgram")}</Button></Group>}
    </Stack>
  );
}

type RuleProps = { label: string; value: Rule; onChange: (rule: Rule) => void; isBare?: boolean };

export function RuleSelect({ label, value, onChange, isBare = false }: RuleProps) {
  const { t } = useTranslation();
  return (
    <Select
      size="md" allowDeselect={false} data={RULES.map((one) => ({ value: one, label: t(`agents.rule.${one}`) }))} value={value} onChange={(chosen) => chosen && onChange(chosen as Rule)}
      {...(isBare ? { "aria-label": label } : { label })}
    />
  );
}
