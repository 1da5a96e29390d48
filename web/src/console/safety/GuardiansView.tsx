import { Button, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { namesOf } from "../names";
import { Ago, stamp } from "../parts/Ago";
import { openSubject, useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import type { Column, Load } from "../table/types";
import { GuardiansDialog } from "./GuardiansDialog";
import type { GuardianPage } from "./types";

type Row = { key: string; minor: string; minorName: string; guardianName: string; guardian: string; by: string; declared_ts: number };

/** Who decides for which minor, declared by whom. */
export default function GuardiansView() {
  const { t } = useTranslation();
  const { subject } = useRoute();
  const [version, setVersion] = useState(0);
  const [isNew, setNew] = useState(false);
  const load: Load<Row> = async ({ from, limit, signal }) => {
    const page = await call<GuardianPage>("GET", "/safety/guardians", { query: { from, limit }, signal });
    const name = await namesOf(page.guardians.flatMap((one) => [one.minor, one.guardian, one.declared_by]), signal);
    const rows = page.guardians.map((one) => ({ key: `${one.minor} ${one.guardian}`, minor: one.minor, guardian: one.guardian, minorName: name(one.minor), guardianName: name(one.guardian), by: name(one.declared_by), declared_ts: one.declared_ts }));
    return { rows, next: page.next_batch ?? null };
  };
  const minor = subject?.split(" ")[0] ?? null;
  const close = (): void => { setNew(false); if (subject !== null) openSubject(null); };
  return (
    <>
      <Text fz="sm" c="dimmed" maw={640} mb="md">{t("safetyDesk.guardians.text")}</Text>
      <DataTable
        name="guardians" label={t("safetyDesk.view.guardians")} columns={useColumns()} keyOf={(one) => one.key} load={load} version={version}
        filters={<Button h={44} leftSection={<IconPlus size={18} />} onClick={() => setNew(true)}>{t("safetyDesk.guardians.declare")}</Button>}
        empty={{ title: t("safetyDesk.guardians.noneTitle"), text: t("safetyDesk.guardians.noneText") }}
      />
      {(isNew || minor !== null) && <GuardiansDialog key={minor ?? ""} minor={minor} onDone={() => setVersion((before) => before + 1)} onClose={close} />}
    </>
  );
}

function useColumns(): readonly Column<Row>[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const text = (id: string, of: (one: Row) => string, isExtra = false): Column<Row> => ({ id, label: t(`safetyDesk.guardians.column.${id}`), cell: of, text: of, isExtra });
    return [
      text("minor", (one) => one.minorName),
      text("guardian", (one) => one.guardianName),
      text("by", (one) => one.by),
      { id: "declared", label: t("safetyDesk.guardians.column.declared"), cell: (one) => <Ago ts={one.declared_ts} />, text: (one) => stamp(one.declared_ts) },
      text("minorId", (one) => one.minor, true),
      text("guardianId", (one) => one.guardian, true),
    ];
  }, [t, i18n.language]);
}
