import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { pathOf, useDepartments } from "../../departments";
import { namesOf } from "../../names";
import { PersonPicker } from "../../parts/PersonPicker";
import { hrefOf, useRoute } from "../../route";
import { DataTable } from "../../table/DataTable";
import { SelectFilter } from "../../table/Filters";
import type { Load } from "../../table/types";
import { track } from "../../../track";
import { ONLY, type PlannedCustomer } from "../types";
import { ChoicesFile } from "./ChoicesFile";
import { type NamedPlanned, useChoiceColumns } from "./choiceColumns";
import { useDraft } from "./draft";
import { useSettled } from "./usePreview";

/** Each customer with whom they would go to, and somebody in particular for those who need that. */
export function CustomerChoices() {
  const { t } = useTranslation();
  const { query } = useRoute();
  const { departments } = useDepartments();
  const [draft, , setPlan] = useDraft();
  const [asked, setAsked] = useState<NamedPlanned | null>(null);
  const { body, isComplete, key } = useSettled(draft);
  const named = draft.plan.customers ?? {};
  const name = (customerId: string, successor: string | null): void => {
    const { [customerId]: _, ...others } = named;
    track("handover_choice");
    setPlan({ customers: successor === null ? others : { ...others, [customerId]: successor } });
    setAsked(null);
  };
  const load: Load<NamedPlanned> = async ({ from, limit, signal }) => {
    if (!isComplete) return { rows: [], next: null };
    const only = ONLY.find((one) => one === query.get("only")) ?? null;
    const answer = await call<{ customers: PlannedCustomer[]; next_batch?: string }>("POST", "/departures/preview/customers", { query: { from, limit, only }, body, signal });
    const nameOf = await namesOf(answer.customers.flatMap((one) => [one.customer_id, one.successor_id]), signal);
    const to = (one: PlannedCustomer): string => (one.successor_id ? nameOf(one.successor_id) : one.to_department_id ? t("handover.queueOf", { department: pathOf(departments, one.to_department_id) }) : "");
    return { rows: answer.customers.map((one) => ({ ...one, customer: nameOf(one.customer_id), to: to(one) })), next: answer.next_batch ?? null };
  };
  const count = Object.keys(named).length;
  return (
    <>
      <Group justify="space-between">
        <Text fz="sm">{t("handover.choices.count", { count })} {count > 0 && <Button variant="subtle" h={44} onClick={() => setPlan({ customers: {} })}>{t("handover.choices.clear")}</Button>}</Text>
        <ChoicesFile />
      </Group>
      <DataTable
        key={departments.length} name="plan" label={t("handover.plan.customers")} columns={useChoiceColumns(setAsked)} keyOf={(one) => one.room_id} load={load} version={versionOf(key)}
        place={{ href: (roomId) => hrefOf("sessions", roomId), open: null }} empty={{ title: t("handover.choices.none"), text: t("handover.choices.noneText") }}
        filters={<SelectFilter name="only" label={t("handover.choices.only")} options={ONLY.map((value) => ({ value, label: t(`handover.only.${value}`) }))} />}
      />
      <Modal opened={asked !== null} onClose={() => setAsked(null)} title={t("handover.choices.title", { name: asked?.customer ?? "" })} closeButtonProps={{ "aria-label": t("close") }}>
        {asked !== null && <Choice key={asked.customer_id} value={named[asked.customer_id] ?? null} onChoose={(successor) => name(asked.customer_id, successor)} />}
      </Modal>
    </>
  );
}

function Choice({ value, onChoose }: { value: string | null; onChoose: (successor: string | null) => void }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(value);
  return (
    <Stack>
      <PersonPicker label={t("handover.column.successor")} kind="staff" value={chosen} onChange={setChosen} />
      <Group justify="flex-end">
        {value !== null && <Button variant="default" h={44} onClick={() => onChoose(null)}>{t("handover.choices.byRule")}</Button>}
        <Button h={44} disabled={chosen === null} onClick={() => onChoose(chosen)}>{t("handover.choices.take")}</Button>
      </Group>
    </Stack>
  );
}

/** Another number for another plan. */
function versionOf(key: string): number {
  let sum = 0;
  for (const sign of key) sum = (sum * 31 + (sign.codePointAt(0) ?? 0)) | 0;
  return sum;
}
