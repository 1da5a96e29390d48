import { Button } from "@mantine/core";
import { IconUserMinus } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { may, useMe } from "../../me";
import { namesOf } from "../../names";
import { useNews } from "../../news";
import { Broken } from "../../parts/Broken";
import { PageBody } from "../../parts/PageBody";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { PersonPicker } from "../../parts/PersonPicker";
import { changeQuery, go, hrefOf, useRoute } from "../../route";
import { DataTable } from "../../table/DataTable";
import { SelectFilter } from "../../table/Filters";
import type { Load } from "../../table/types";
import { type Departures, STATES } from "../types";
import { type NamedDeparture, useDepartureColumns } from "./columns";
import { Figures } from "./Figures";
import { StatusChart } from "./StatusChart";

const CHARTED = 8;

/** Is it all right? Three figures and a chart; below, all departures. */
export function OverviewOfDepartures() {
  const { t } = useTranslation();
  const me = useMe();
  const { query } = useRoute();
  const { version } = useNews("/departures/news");
  const mayWrite = may(me, "departures.write");
  const begin = (): void => go("handover", "new");
  const newest = useLoad((signal) => listed({ limit: CHARTED }, signal), [version]);
  const load: Load<NamedDeparture> = ({ from, limit, signal }) => listed({ from, limit, state: query.get("state"), user: query.get("user") }, signal);
  return (
    <PageBody
      title={t("handover.page")} text={t("handover.intro")}
      actions={mayWrite && <Button h={44} leftSection={<IconUserMinus size={18} />} onClick={begin}>{t("handover.new")}</Button>}
    >
      <Figures version={version} />
      {newest.value === undefined && (newest.error === null ? <RowsSkeleton /> : <Broken error={newest.error} onRetry={newest.reload} />)}
      {newest.value !== undefined && newest.value.rows.length > 0 && <StatusChart departures={newest.value.rows} />}
      <DataTable
        name="departures" label={t("handover.list")} columns={useDepartureColumns()} keyOf={(one) => one.departure_id} load={load} version={version}
        place={{ href: (key) => hrefOf("handover", key), open: null }}
        empty={{ title: t("handover.emptyTitle"), text: t("handover.emptyText"), ...(mayWrite ? { action: t("handover.new"), onAction: begin } : {}) }}
        filters={
          <>
            <PersonPicker isFilter takesDeparted label={t("handover.who")} kind="staff" value={query.get("user")} onChange={(user) => changeQuery({ user, from: null })} />
            <SelectFilter name="state" label={t("console.state")} options={STATES.map((value) => ({ value, label: t(`handover.state.${value}`) }))} />
          </>
        }
      />
    </PageBody>
  );
}

async function listed(query: Readonly<Record<string, string | number | null>>, signal: AbortSignal): Promise<{ rows: NamedDeparture[]; next: string | null }> {
  const answer = await call<Departures>("GET", "/departures", { query, signal });
  const name = await namesOf(answer.departures.flatMap((one) => [one.user_id, one.created_by]), signal);
  const rows = answer.departures.map((one) => ({ ...one, name: name(one.user_id), by: one.created_by === "server" ? "" : name(one.created_by), statuses: answer.statuses?.[one.departure_id] ?? {} }));
  return { rows, next: answer.next_batch ?? null };
}
