import { Button, SegmentedControl } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "../../../parts/States";
import { Broken } from "../../parts/Broken";
import { PageBody } from "../../parts/PageBody";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { changeQuery, useRoute } from "../../route";
import { Stale } from "../Stale";
import { JobDrawer } from "./JobDrawer";
import { JobsTable } from "./JobsTable";
import { useJobs } from "./useJobs";

const SHOWN = ["all", "unfinished", "failed"] as const;
const PAGE = 50;

/** What takes long, as it goes on. */
export default function JobsPage() {
  const { t } = useTranslation();
  const { query, subject } = useRoute();
  const shown = SHOWN.find((one) => one === query.get("show")) ?? "all";
  const from = query.get("from") ?? "";
  const filter = useMemo(() => ({ limit: PAGE, from, unfinished: shown === "unfinished" ? true : null, state: shown === "failed" ? "failed" : null }), [shown, from]);
  const { value, error, reload } = useJobs(filter);
  const choice = (
    <SegmentedControl
      aria-label={t("operations.jobs.show")} value={shown} data={SHOWN.map((one) => ({ value: one, label: t(`operations.jobs.${one}`) }))}
      onChange={(chosen) => changeQuery({ show: chosen === "all" ? null : chosen, from: null })}
    />
  );
  return (
    <PageBody title={t("operations.pages.jobs")} text={t("operations.jobs.intro")} actions={choice}>
      {value === undefined && error !== null && <Broken error={error} onRetry={reload} />}
      {value === undefined && error === null && <RowsSkeleton />}
      {value !== undefined && <Stale error={error} />}
      {value !== undefined && value.jobs.length === 0 && (
        <Empty title={t("operations.jobs.empty")} text={t("operations.jobs.emptyText")} {...(shown === "all" ? {} : { action: t("operations.jobs.showAll"), onAction: () => changeQuery({ show: null, from: null }) })} />
      )}
      {value !== undefined && value.jobs.length > 0 && <JobsTable jobs={value.jobs} />}
      {value !== undefined && (from || value.next_batch) && (
        <div className="ops-row">
          {from && <Button variant="default" h={44} onClick={() => changeQuery({ from: null })}>{t("operations.newest")}</Button>}
          {value.next_batch && <Button variant="default" h={44} onClick={() => changeQuery({ from: value.next_batch ?? null })}>{t("operations.older")}</Button>}
        </div>
      )}
      <JobDrawer job={value?.jobs.find((job) => job.job_id === subject)} jobId={subject} />
    </PageBody>
  );
}
