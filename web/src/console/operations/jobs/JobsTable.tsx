import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { exact, short } from "../../../times";
import { hrefOf, useRoute } from "../../route";
import type { Job } from "../types";
import { JobActions } from "./JobActions";
import { JobMark, JobProgress, useJobName } from "./JobProgress";

export function JobsTable({ jobs }: { jobs: readonly Job[] }) {
  const { t } = useTranslation();
  const { query } = useRoute();
  const nameOf = useJobName();
  return (
    <Table className="cards-below" verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("operations.jobs.job")}</Table.Th>
          <Table.Th>{t("operations.jobs.state")}</Table.Th>
          <Table.Th>{t("operations.jobs.progress")}</Table.Th>
          <Table.Th>{t("operations.jobs.started")}</Table.Th>
          <Table.Th><span className="visually-hidden">{t("operations.jobs.actions")}</span></Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {jobs.map((job) => (
          <Table.Tr key={job.job_id} data-job-id={job.job_id}>
            <Table.Td>
              <a className="ops-link" href={hrefOf("jobs", job.job_id, query)}>{nameOf(job)}</a>
              {job.message && <Text fz="xs" c={job.state === "failed" ? "var(--rk-danger)" : "dimmed"} className="break" lineClamp={2}>{job.message}</Text>}
            </Table.Td>
            <Table.Td><JobMark job={job} /></Table.Td>
            <Table.Td><JobProgress job={job} label={nameOf(job)} /></Table.Td>
            <Table.Td>
              <time dateTime={new Date(job.created_ts).toISOString()} title={exact(job.created_ts)}>{short(job.created_ts)}</time>
              <Text fz="xs" c="dimmed" className="break">{job.started_by}</Text>
            </Table.Td>
            <Table.Td><JobActions job={job} /></Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
