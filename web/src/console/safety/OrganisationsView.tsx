import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { Map } from "../../parts/map/Map";
import { useAction } from "../parts/action";
import { Ago, stamp } from "../parts/Ago";
import { Confirm } from "../parts/Confirm";
import { openSubject, useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import type { Column, Load } from "../table/types";
import { OrganisationDialog } from "./OrganisationDialog";
import type { Organisation } from "./types";

/** Who is responsible for which place and what: they are taken into groups there without being asked. */
export default function OrganisationsView() {
  const { t } = useTranslation();
  const { subject } = useRoute();
  const [all, setAll] = useState<Organisation[]>([]);
  const [version, setVersion] = useState(0);
  const [edited, setEdited] = useState<Organisation | "new" | null>(null);
  const [removed, setRemoved] = useState<Organisation | null>(null);
  const changed = (): void => setVersion((before) => before + 1);
  const load: Load<Organisation> = async ({ signal }) => {
    const { organisations } = await call<{ organisations: Organisation[] }>("GET", "/safety/organisations", { signal });
    setAll(organisations);
    return { rows: organisations, next: null };
  };
  const opened = edited ?? all.find((one) => one.user_id === subject) ?? null;
  const close = (): void => { setEdited(null); if (subject !== null) openSubject(null); };
  return (
    <Stack className="tab-panel">
      <Text fz="sm" c="dimmed" maw={640}>{t("safetyDesk.organisations.text")}</Text>
      {all.length > 0 && <Map label={t("safetyDesk.organisations.map")} shapes={all.map((one) => ({ id: one.user_id, area: one.area, label: one.name, tone: "handled" }))} fit={`${version} ${all.length}`} onOpen={openSubject} />}
      <DataTable
        name="safety-organisations" label={t("safetyDesk.view.organisations")} columns={useColumns(setRemoved)} keyOf={(one) => one.user_id} load={load} version={version}
        filters={<Button h={44} leftSection={<IconPlus size={18} />} onClick={() => setEdited("new")}>{t("safetyDesk.organisations.add")}</Button>}
        empty={{ title: t("safetyDesk.organisations.noneTitle"), text: t("safetyDesk.organisations.noneText") }}
      />
      {opened !== null && <OrganisationDialog key={opened === "new" ? "" : opened.user_id} organisation={opened === "new" ? null : opened} onDone={changed} onClose={close} />}
      {removed !== null && <Remove organisation={removed} onDone={changed} onClose={() => setRemoved(null)} />}
    </Stack>
  );
}

function Remove({ organisation, onDone, onClose }: { organisation: Organisation; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("safety_organisation_remove");
  const remove = async (): Promise<void> => {
    if (await action.run(async () => void (await call("DELETE", `/safety/organisations/${encodeURIComponent(organisation.user_id)}`)))) { onDone(); onClose(); }
  };
  return <Confirm opened title={t("safetyDesk.organisations.remove")} label={t("safetyDesk.organisations.remove")} action={action} isDanger onConfirm={() => void remove()} onClose={onClose}><Text fz="sm">{t("safetyDesk.organisations.removeText", { name: organisation.name })}</Text></Confirm>;
}

function useColumns(onRemove: (organisation: Organisation) => void): readonly Column<Organisation>[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const kinds = (one: Organisation): string => (one.kinds.length === 0 ? t("safetyDesk.organisations.allKinds") : one.kinds.map((kind) => t(`safety.kind.${kind}`)).join(", "));
    const area = (one: Organisation): string => t("safetyDesk.organisations.parts", { count: (one.area.circles ?? []).length + (one.area.polygons ?? []).length });
    return [
      { id: "name", label: t("console.name"), cell: (one) => one.name, text: (one) => one.name },
      { id: "account", label: t("console.userId"), cell: (one) => <span className="wrap">{one.user_id}</span>, text: (one) => one.user_id },
      { id: "kinds", label: t("safetyDesk.organisations.kinds"), cell: kinds, text: (one) => one.kinds.join(" ") },
      { id: "area", label: t("safetyDesk.organisations.area"), cell: area, text: (one) => JSON.stringify(one.area) },
      { id: "changed", label: t("console.updated"), cell: (one) => <Ago ts={one.changed_ts} />, text: (one) => stamp(one.changed_ts) },
      { id: "actions", label: t("safetyDesk.organisations.remove"), isActions: true, text: () => "", cell: (one) => <Group justify="flex-end"><Button h={44} variant="default" aria-label={t("safetyDesk.organisations.removeNamed", { name: one.name })} onClick={() => onRemove(one)}>{t("safetyDesk.organisations.remove")}</Button></Group> },
    ];
  }, [t, i18n.language]);
}
