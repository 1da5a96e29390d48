import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Empty } from "../../parts/States";
import { useLoad } from "../load";
import { useMe } from "../me";
import { ActionFailed, useAction } from "../parts/action";
import { Broken } from "../parts/Broken";
import { RowsSkeleton } from "../parts/PageSkeleton";
import { type Rule, RuleCard } from "./RuleCard";

/** Whom customers are sent to who name nobody: rules in order, of which the first that applies decides. */
export function RulesView() {
  const { t } = useTranslation();
  const me = useMe();
  const { value, error, reload } = useLoad(async (signal) => (await call<{ rules: Rule[] }>("GET", "/routing_rules", { signal })).rules, []);
  const [rules, setRules] = useState<readonly Rule[]>([]);
  const [isSaved, setSaved] = useState(true);
  const action = useAction("routing_change");
  useEffect(() => { if (value !== undefined) setRules(value); }, [value]);
  const mayWrite = me.permissions["routing.write"]?.everywhere ?? false;
  const change = (next: readonly Rule[]): void => {
    setRules(next);
    setSaved(false);
  };
  const save = async (): Promise<void> => {
    if (await action.run(async () => void (await call("PUT", "/routing_rules", { body: { rules } })))) setSaved(true);
  };
  const move = (index: number, step: number): void => {
    const next = [...rules];
    const [rule] = next.splice(index, 1);
    if (rule !== undefined) next.splice(index + step, 0, rule);
    change(next);
  };
  const add = (): void => change([...rules, { name: "" }]);
  if (value === undefined) return error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />;
  return (
    <Stack maw={900}>
      <Text fz="sm" c="dimmed">{t("console.rules.text")}</Text>
      {rules.length === 0 && <Empty title={t("console.rules.emptyTitle")} text={t("console.rules.emptyText")} {...(mayWrite ? { action: t("console.rules.new"), onAction: add } : {})} />}
      <ol className="rules">
        {rules.map((rule, index) => (
          <li key={index}>
            <RuleCard
              rule={rule} number={index + 1} isFirst={index === 0} isLast={index === rules.length - 1} isReadOnly={!mayWrite} onMove={(step) => move(index, step)}
              onChange={(next) => change(rules.map((one, at) => (at === index ? next : one)))} onRemove={() => change(rules.filter((_, at) => at !== index))}
            />
          </li>
        ))}
      </ol>
      <ActionFailed error={action.error} />
      {!mayWrite && <Text fz="sm" c="dimmed">{t("console.rules.readOnly")}</Text>}
      {mayWrite && (
        <Group>
          {rules.length > 0 && <Button variant="default" h={44} leftSection={<IconPlus size={18} />} onClick={add}>{t("console.rules.new")}</Button>}
          <Button h={44} disabled={isSaved} loading={action.isBusy} onClick={() => void save()}>{t(isSaved ? "settings.saved" : "console.rules.save")}</Button>
        </Group>
      )}
    </Stack>
  );
}
