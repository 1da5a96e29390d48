import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { namesOf } from "../../names";
import { bytes, number } from "../../operations/units";
import { Ago, stamp } from "../../parts/Ago";
import { PageDrawer } from "../../parts/PageDrawer";
import { PersonPicker } from "../../parts/PersonPicker";
import { Who } from "../../parts/Who";
import { changeQuery, go, useRoute } from "../../route";
import { DataTable } from "../../table/DataTable";
import { SelectFilter } from "../../table/Filters";
import type { Column, Load } from "../../table/types";
import { AgentPanel } from "./AgentPanel";
import { AgentBadge, LONG_SILENT_MS, stateOf, troubles } from "./state";
import type { Agent, AgentPage } from "./types";

type Row = Agent & { name: string };

/** The agents of the people in whose departments one may say what they do. */
export function AgentTable() {
  const { t } = useTranslation();
  const { query, subject } = useRoute();
  const [version, setVersion] = useState(0);
  const load: Load<Row> = async ({ from, limit, signal }) => {
    const asked = query.get("state");
    const wanted = { person: query.get("person_id"), problems: asked === "problems" || null, silent_since: asked === "silent" ? Date.now() - LONG_SILENT_MS : null };
    const page = await call<AgentPage>("GET", "/records/agents", { query: { ...wanted, from, limit }, signal });
    const name = await namesOf(page.agents.map((one) => one.user_id), signal);
    return { rows: page.agents.map((one) => ({ ...one, name: name(one.user_id) })), next: page.next_batch ?? null };
  };
  return (
    <>
      <DataTable
        name="agents" label={t("agents.part.agents")} columns={useColumns()} keyOf={keyOf} load={load} version={version}
        empty={{ title: t("agents.noneTitle"), text: t("agents.noneText"), action: t("agents.part.policies"), onAction: () => go("records", null, { view: "agents", of: "policies" }) }}
        emptySoFar={{ title: t("agents.noneSoFarTitle"), text: t("agents.noneSoFarText") }}
        filters={
          <>
            <PersonPicker isFilter takesDeparted label={t("agents.column.person")} kind="staff" value={query.get("person_id")} onChange={(person) => changeQuery({ person_id: person, from: null })} />
            <SelectFilter name="state" label={t("agents.column.state")} options={["problems", "silent"].map((value) => ({ value, label: t(`agents.filter.${value}`) }))} />
          </>
        }
      />
      <PageDrawer opened={subject !== null} title={t("agents.one")}>
        {subject !== null && <AgentPanel key={subject} place={subject} version={version} onChanged={() => setVersion((before) => before + 1)} />}
      </PageDrawer>
    </>
  );
}

function keyOf(agent: Agent): string {
  return `${agent.user_id} ${agent.device_id}`;
}

function useColumns(): readonly Column<Row>[] {
  const { t, i18n } = useTranslation();
  return useMemo(() => {
    const text = (id: string, of: (one: Row) => string, isExtra = false): Column<Row> => ({ id, label: t(`agents.column.${id}`), cell: of, text: of, isExtra });
    const count = (id: string, of: (one: Row) => number | undefined, isExtra = false): Column<Row> => ({ id, label: t(`agents.column.${id}`), cell: (one) => number(of(one) ?? 0), text: (one) => String(of(one) ?? 0), isExtra });
    const time = (id: string, of: (one: Row) => number | undefined, isExtra = false): Column<Row> => ({ id, label: t(`agents.column.${id}`), cell: (one) => <Ago ts={of(one)} />, text: (one) => stamp(of(one)), isExtra });
    return [
      { id: "person", label: t("agents.column.person"), cell: (one) => <Who name={one.name} />, text: (one) => one.name },
      { id: "state", label: t("agents.column.state"), cell: (one) => <AgentBadge agent={one} />, text: (one) => t(`agents.state.${stateOf(one)}`) },
      text("host", (one) => one.report.host ?? ""),
      time("seen", (one) => one.seen_ts),
      count("waiting", (one) => one.report.waiting),
      { id: "spool", label: t("agents.column.spool"), cell: (one) => bytes(one.report.bytes ?? 0), text: (one) => String(one.report.bytes ?? 0) },
      count("problems", troubles),
      text("version", (one) => one.report.version),
      count("uploaded", (one) => one.report.acknowledged, true),
      time("oldest", (one) => one.report.oldest_ts, true),
      time("first", (one) => one.first_ts, true),
      text("user_id", (one) => one.user_id, true),
      text("device_id", (one) => one.device_id, true),
    ];
  }, [t, i18n.language]);
}
