import { Table } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { AskedState, EventView, Role } from "../../safety/types";
import { number } from "../operations/units";

const STATES: readonly AskedState[] = ["waiting", "asked", "confirmed", "declined", "withdrawn", "failed"];

/** How many of each role are in each state. */
export function Counts({ counts }: { counts: NonNullable<EventView["counts"]> }) {
  const { t } = useTranslation();
  const roles = [...new Set(counts.map(([role]) => role))];
  const states = STATES.filter((state) => counts.some(([, one]) => one === state));
  const of = (role: Role, state: AskedState): number => counts.find(([one, other]) => one === role && other === state)?.[2] ?? 0;
  return (
    <div className="counts" tabIndex={0} role="region" aria-label={t("safetyDesk.asked.counts")}>
      <Table fz="sm">
        <Table.Thead><Table.Tr><Table.Th>{t("safetyDesk.asked.why")}</Table.Th>{states.map((state) => <Table.Th key={state} ta="right">{t(`safety.askedState.${state}`)}</Table.Th>)}</Table.Tr></Table.Thead>
        <Table.Tbody>
          {roles.map((role) => <Table.Tr key={role}><Table.Th scope="row" fw={400}>{t(`safety.role.${role}`)}</Table.Th>{states.map((state) => <Table.Td key={state} ta="right">{number(of(role, state))}</Table.Td>)}</Table.Tr>)}
        </Table.Tbody>
      </Table>
    </div>
  );
}
