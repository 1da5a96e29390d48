import { Radio, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { useLoad } from "../load";
import { may, useMe } from "../me";
import { ActionFailed, useAction } from "../parts/action";
import { Broken } from "../parts/Broken";
import { DrawerSection } from "../parts/DrawerSection";
import { RowsSkeleton } from "../parts/PageSkeleton";

const STRATEGIES = ["least_loaded", "round_robin", "language"] as const;
type Queue = { strategy: (typeof STRATEGIES)[number]; last_staff_id: string };

/** How the sessions that wait for a department are given to its people. */
export function QueueSettings({ id }: { id: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const path = `/departments/${encodeURIComponent(id)}/queue`;
  const { value, error, reload } = useLoad((signal) => call<Queue>("GET", path, { signal }), [id]);
  const action = useAction("queue_change");
  const [chosen, setChosen] = useState<string | null>(null);
  const choose = async (strategy: string): Promise<void> => {
    setChosen(strategy);
    if (await action.run(async () => void (await call("PUT", path, { body: { strategy } })))) reload();
    else setChosen(null);
  };
  return (
    <DrawerSection title={t("console.departments.queue")}>
      {value === undefined && (error === null ? <RowsSkeleton /> : <Broken error={error} onRetry={reload} />)}
      {value !== undefined && (
        <Radio.Group value={chosen ?? value.strategy} onChange={(strategy) => void choose(strategy)} aria-label={t("console.departments.queue")}>
          <Stack gap="sm">
            {STRATEGIES.map((strategy) => (
              <Radio key={strategy} size="md" value={strategy} disabled={action.isBusy || !may(me, "routing.write", [id])} label={t(`console.departments.strategy.${strategy}`)} description={t(`console.departments.strategyText.${strategy}`)} />
            ))}
          </Stack>
        </Radio.Group>
      )}
      <ActionFailed error={action.error} />
    </DrawerSection>
  );
}
