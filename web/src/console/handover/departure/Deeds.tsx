import { Button, Group, List, Text } from "@mantine/core";
import { IconPrinter } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { may, useMe } from "../../me";
import { useAction } from "../../parts/action";
import { Confirm } from "../../parts/Confirm";
import { go, hrefOf } from "../../route";
import { type DepartureState, withoutAnybody } from "../types";
import { toChange } from "../wizard/draft";
import type { NamedReport } from "./DeparturePage";

type Deed = "begin" | "cancel" | "undo" | "retry";
const POSSIBLE: Readonly<Record<Deed, readonly DepartureState[]>> = { begin: ["planned"], cancel: ["planned"], retry: ["running", "finished"], undo: ["running", "finished"] };
const DEEDS: readonly Deed[] = ["begin", "retry", "cancel", "undo"];

/** What can be done with it; each says first what it does. */
export function Deeds({ report, onDone }: { report: NamedReport; onDone: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const [deed, setDeed] = useState<Deed | null>(null);
  const action = useAction(`departure_${deed ?? "begin"}`);
  const { departure, statuses, name } = report;
  const id = departure.departure_id;
  const possible = DEEDS.filter((one) => POSSIBLE[one].includes(departure.state) && (one !== "retry" || withoutAnybody(statuses) > 0));
  const confirm = async (): Promise<void> => {
    if (!(await action.run(async () => void (await call("POST", `/departures/${encodeURIComponent(id)}/${deed}`))))) return;
    setDeed(null);
    onDone();
  };
  const change = (): void => {
    toChange(departure);
    go("handover", "new", { step: "when" });
  };
  const shown = deed ?? "begin";
  return (
    <Group gap="sm">
      {may(me, "departures.write") && departure.state === "planned" && <Button h={44} onClick={change}>{t("handover.deed.change")}</Button>}
      {may(me, "departures.write") && possible.map((one) => <Button key={one} h={44} variant="default" onClick={() => { action.clear(); setDeed(one); }}>{t(`handover.deed.${one}`)}</Button>)}
      <Button component="a" h={44} variant="default" leftSection={<IconPrinter size={18} />} href={hrefOf("handover", id, { view: "report" })}>{t("handover.report.open")}</Button>
      <Confirm
        opened={deed !== null} title={t(`handover.sure.${shown}.title`, { name })} label={t(`handover.deed.${shown}`)} isDanger={shown === "undo" || shown === "begin"} action={action}
        onClose={() => setDeed(null)} onConfirm={() => void confirm()}
      >
        {shown === "undo" ? <WhatComesBack report={report} /> : <Text fz="sm">{t(`handover.sure.${shown}.text`, { name, count: withoutAnybody(statuses) })}</Text>}
      </Confirm>
    </Group>
  );
}

function WhatComesBack({ report }: { report: NamedReport }) {
  const { t } = useTranslation();
  const { departure, statuses, name } = report;
  const stays = (statuses.accepted ?? 0) + (statuses.taken_over ?? 0);
  const back = (statuses.pending ?? 0) + (statuses.waiting ?? 0) + (statuses.declined ?? 0) + withoutAnybody(statuses);
  return (
    <>
      <Text fz="sm" fw={600}>{t("handover.sure.undo.comesBack")}</Text>
      <List fz="sm" spacing="xs">
        {departure.kind === "departure" && <List.Item>{t("handover.sure.undo.account", { name })}</List.Item>}
        <List.Item>{t("handover.sure.undo.customers", { name, count: back })}</List.Item>
        {departure.kind === "departure" && <List.Item>{t("handover.sure.undo.rooms", { name })}</List.Item>}
      </List>
      <Text fz="sm" fw={600}>{t("handover.sure.undo.stays")}</Text>
      <List fz="sm" spacing="xs">
        <List.Item>{t("handover.sure.undo.accepted", { count: stays })}</List.Item>
        <List.Item>{t("handover.sure.undo.said")}</List.Item>
      </List>
    </>
  );
}
