import { Select, Switch } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { departmentOptions, useDepartments } from "../../departments";
import { useLoad } from "../../load";
import { changeQuery, useRoute } from "../../route";
import { SelectFilter } from "../../table/Filters";
import type { Detectors, TextList } from "../types";
import { labelWords } from "../words";
import { KINDS, stateOf, STATES } from "./cases";

/** Which cases are shown; the address keeps it. */
export function QueueFilters({ actions }: { actions: ReactNode }) {
  const { t } = useTranslation();
  const { query } = useRoute();
  const { departments } = useDepartments();
  const options = useMemo(() => departmentOptions(departments), [departments]);
  const labels = useLabels();
  return (
    <div className="queue-filters">
      <Select
        className="filter" size="md" aria-label={t("console.state")} allowDeselect={false} value={stateOf(query)} data={STATES.map((value) => ({ value, label: t(`screening.state.${value}`) }))}
        onChange={(state) => { changeQuery({ state: state === "waiting" ? null : state, from: null }); }}
      />
      <SelectFilter name="kind" label={t("screening.case.kind")} options={KINDS.map((value) => ({ value, label: t(`screening.kind.${value}`) }))} />
      <SelectFilter name="label" label={t("screening.case.found")} options={labels} />
      {options.length > 0 && <SelectFilter name="department" label={t("console.department")} options={options} />}
      <Switch
        className="queue-appealed" size="md" label={t("screening.queue.appealed")} checked={query.get("appealed") === "true"}
        onChange={(event) => changeQuery({ appealed: event.currentTarget.checked ? "true" : null, from: null })}
      />
      {actions}
    </div>
  );
}

/** All that can be found, by its words. */
export function useLabels(): { value: string; label: string }[] {
  const { t } = useTranslation();
  const { value } = useLoad(async (signal) => {
    const [{ detectors }, { lists }] = await Promise.all([call<Detectors>("GET", "/screening/detectors", { signal }), call<{ lists: TextList[] }>("GET", "/screening/lists", { signal })]);
    return [...new Set([...detectors.flatMap((one) => Object.keys(one.labels)), ...lists.filter((one) => one.kind !== "allow").map((one) => one.label)])];
  }, []);
  return (value ?? []).map((label) => ({ value: label, label: labelWords(label, t) })).sort((one, other) => one.label.localeCompare(other.label));
}
