import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { pathOf, useDepartments } from "../departments";
import { namesOf } from "../names";
import { useAction } from "../parts/action";
import { Ago, stamp } from "../parts/Ago";
import { Confirm } from "../parts/Confirm";
import { hrefOf } from "../route";
import { DataTable } from "../table/DataTable";
import type { Column, Load } from "../table/types";
import { NewHold } from "./NewHold";
import type { Hold } from "./types";

type Row = Hold & { by: string; named: string };

/** Of what nothing is removed, since when and why; also what was released. */
export default function HoldsView() {
  const { t } = useTranslation();
  const [version, setVersion] = useState(0);
  const [isNew, setNew] = useState(false);
  const [released, setReleased] = useState<Row | null>(null);
  const changed = (): void => setVersion((before) => before + 1);
  const load: Load<Row> = async ({ from, limit, signal }) => {
    const page = await call<{ holds: Hold[]; next_batch?: string }>("GET", "/records/holds", { query: { from, limit }, signal });
    const name = await namesOf(page.holds.flatMap((one) => [one.created_by, one.what === "person" ? one.who : null]), signal);
    return { rows: page.holds.map((one) => ({ ...one, by: name(one.created_by), named: one.what === "person" ? name(one.who) : one.who })), next: page.next_batch ?? null };
  };
  return (
    <>
      <DataTable
        name="holds" label={t("records.view.holds")} columns={useColumns(setReleased)} keyOf={keyOf} load={load} version={version} place={{ href: hrefOfHold, open: null }}
        filters={<Button h={44} leftSection={<IconPlus size={18} />} onClick={() => setNew(true)}>{t("records.hold.lay")}</Button>}
        empty={{ title: t("records.hold.noneTitle"), text: t("records.hold.noneText") }}
      />
      {isNew && <NewHold onDone={changed} onClose={() => setNew(false)} />}
      {released !== null && <Release hold={released} onDone={changed} onClose={() => setReleased(null)} />}
    </>
  );
}

function keyOf(hold: Hold): string {
  return `${hold.hold_id} ${hold.what === "record" ? hold.who : ""}`;
}

/** A hold on one record leads there; of others there is nothing more to see. */
function hrefOfHold(key: string): string {
  const recordId = key.split(" ")[1];
  return recordId ? hrefOf("records", recordId) : hrefOf("records", null, { view: "holds" });
}

function Release({ hold, onDone, onClose }: { hold: Row; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("record_release");
  const release = async (): Promise<void> => {
    if (await action.run(async () => void (await call("POST", `/records/holds/${encodeURIComponent(hold.hold_id)}/release`, { body: {} })))) { onDone(); onClose(); }
  };
  return <Confirm opened title={t("records.hold.release")} label={t("records.hold.release")} action={action} isDanger onConfirm={() => void release()} onClose={onClose}>{t("records.hold.releaseText")}</Confirm>;
}

function useColumns(onRelease: (hold: Row) => void): readonly Column<Row>[] {
  const { t, i18n } = useTranslation();
  const { departments } = useDepartments();
  return useMemo(() => {
    const what = (one: Row): string => (one.what === "department" ? pathOf(departments, one.who) : one.named);
    const state = (one: Row): string => t(one.released_ts === undefined ? "records.hold.lasts" : "records.hold.released");
    return [
      { id: "who", label: t("records.column.what"), cell: (one) => (one.what === "record" ? t("records.hold.what.record") : what(one)), text: what },
      { id: "what", label: t("records.filter.kind"), cell: (one) => t(`records.hold.what.${one.what}`), text: (one) => t(`records.hold.what.${one.what}`) },
      { id: "reason", label: t("records.reason"), cell: (one) => one.reason, text: (one) => one.reason },
      { id: "state", label: t("console.state"), cell: state, text: state },
      { id: "by", label: t("records.column.by"), cell: (one) => one.by, text: (one) => one.created_by },
      { id: "created", label: t("console.created"), cell: (one) => <Ago ts={one.created_ts} />, text: (one) => stamp(one.created_ts) },
      { id: "release", label: t("records.hold.release"), isActions: true, cell: (one) => (one.released_ts === undefined ? <Button h={44} variant="default" onClick={() => onRelease(one)}>{t("records.hold.release")}</Button> : null), text: () => "" },
    ];
  }, [t, i18n.language, departments]);
}
