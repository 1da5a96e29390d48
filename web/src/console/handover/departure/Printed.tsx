import { Button, Group, Table, Title } from "@mantine/core";
import { IconArrowLeft, IconPrinter } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { exact } from "../../../times";
import { track } from "../../../track";
import { number } from "../../operations/units";
import { Facts } from "../../parts/Facts";
import { hrefOf } from "../../route";
import { STATUSES, total } from "../types";
import type { NamedReport } from "./DeparturePage";
import { PlanView } from "./PlanView";

/** A departure on paper: who, when, what became of how many, who has how many now, the plan. */
export function Printed({ report }: { report: NamedReport }) {
  const { t } = useTranslation();
  const { departure, statuses, successors, name, nameOf } = report;
  const all = total(statuses);
  const time = (ts: number | undefined): string => (ts ? exact(ts) : "");
  const print = (): void => {
    track("departure_print");
    window.print();
  };
  return (
    <div className="console-page report">
      <Group className="not-printed">
        <Button component="a" variant="default" h={44} leftSection={<IconArrowLeft size={18} />} href={hrefOf("handover", departure.departure_id)}>{t("handover.report.back")}</Button>
        <Button h={44} leftSection={<IconPrinter size={18} />} onClick={print}>{t("handover.report.print")}</Button>
      </Group>
      <Title order={1} fz="xl">{t(`handover.title.${departure.kind}`, { name })}</Title>
      <Facts
        facts={[
          [t("console.state"), t(`handover.state.${departure.state}`)],
          [t("console.userId"), departure.user_id],
          [t("handover.column.effective"), time(departure.effective_ts)],
          [t("handover.column.finished"), time(departure.finished_ts)],
          [t("handover.column.by"), departure.created_by.startsWith("@") ? nameOf(departure.created_by) : t("handover.byServer")],
          [t("console.reason"), departure.reason ?? ""],
          [t("handover.column.unanswered"), number(report.unanswered)],
          [t("handover.report.now"), exact(Date.now())],
        ]}
      />
      <Title order={2} fz="md">{t("handover.statuses")}</Title>
      <Table withTableBorder maw={560}>
        <Table.Tbody>
          {STATUSES.filter((status) => statuses[status]).map((status) => (
            <Table.Tr key={status}><Table.Th>{t(`handover.status.${status}`)}</Table.Th><Table.Td ta="right">{number(statuses[status] ?? 0)}</Table.Td><Table.Td>{t(`handover.meaning.${status}`)}</Table.Td></Table.Tr>
          ))}
          <Table.Tr><Table.Th>{t("handover.report.all")}</Table.Th><Table.Td ta="right">{number(all)}</Table.Td><Table.Td /></Table.Tr>
        </Table.Tbody>
      </Table>
      {Object.keys(successors).length > 0 && (
        <>
          <Title order={2} fz="md">{t("handover.report.successors")}</Title>
          <Table withTableBorder maw={560}>
            <Table.Tbody>{Object.entries(successors).sort((a, b) => b[1] - a[1]).map(([id, count]) => <Table.Tr key={id}><Table.Th>{nameOf(id)}</Table.Th><Table.Td ta="right">{number(count)}</Table.Td></Table.Tr>)}</Table.Tbody>
          </Table>
        </>
      )}
      <Title order={2} fz="md">{t("handover.view.plan")}</Title>
      <PlanView departure={departure} nameOf={nameOf} />
    </div>
  );
}
