import { SegmentedControl } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { PageBody } from "../../parts/PageBody";
import { changeQuery, useRoute } from "../../route";
import { DataTable } from "../../table/DataTable";
import type { Load } from "../../table/types";
import { Stale } from "../Stale";
import type { Job, JobPage } from "../types";
import { useJobColumns } from "./columns";
import { JobDrawer } from "./JobDrawer";
import { useJobs } from "./useJobs";

const SHOWN = ["all", "unfinished", "failed"] as const;
const NEWS = { limit: 1 };

/** What takes long, as it goes on. */
export default function JobsPage() {
  const { t } = useTranslation();
  const { query, subject } = useRoute();
  const news = useJobs(NEWS);
  const version = useMemo(() => ({ number: ++versions }), [news.value?.revision]).number;
  const shown = SHOWN.find((one) => one === query.get("show")) ?? "all";
  const load: Load<Job> = async ({ from, limit, sort, signal }) => {
    const filter = { unfinished: shown === "unfinished" ? true : null, state: shown === "failed" ? "failed" : null };
    const { jobs, next_batch } = await call<JobPage>("GET", "/jobs", { query: { ...filter, from, limit, sort }, signal });
    return { rows: jobs, next: next_batch ?? null };
  };
  return (
    <PageBody title={t("operations.pages.jobs")} text={t("operations.jobs.intro")}>
      <Stale error={news.value === undefined ? null : news.error} />
      <DataTable
        name="jobs" label={t("operations.pages.jobs")} columns={useJobColumns()} keyOf={(job) => job.job_id} load={load} defaultSort="-created" version={version}
        empty={{ title: t("operations.jobs.empty"), text: t("operations.jobs.emptyText") }}
        filters={
          <SegmentedControl
            aria-label={t("operations.jobs.show")} value={shown} data={SHOWN.map((one) => ({ value: one, label: t(`operations.jobs.${one}`) }))}
            onChange={(chosen) => changeQuery({ show: chosen === "all" ? null : chosen, from: null })}
          />
        }
      />
      <JobDrawer jobId={subject} />
    </PageBody>
  );
}

let versions = 0;
