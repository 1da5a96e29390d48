import { ActionIcon, Indicator, Popover, Stack, Text } from "@mantine/core";
import { IconProgress } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../../me";
import { hrefOf } from "../../route";
import { JobProgress, useJobName } from "./JobProgress";
import { useJobs } from "./useJobs";

const UNFINISHED = { unfinished: true, limit: 20 };

/** What runs now, found again from any page. */
export function JobsTray() {
  return may(useMe(), "jobs.read") ? <Tray /> : null;
}

function Tray() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const nameOf = useJobName();
  const jobs = useJobs(UNFINISHED).value?.jobs ?? [];
  const close = (): void => setOpen(false);
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" width={340} trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon size={44} variant="subtle" color="gray" aria-label={t("operations.tray.label", { count: jobs.length })} onClick={() => setOpen(!isOpen)}>
          <Indicator label={jobs.length} disabled={jobs.length === 0} size={16} offset={2}><IconProgress size={22} /></Indicator>
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="md">
          <Text fw={600} fz="sm">{t("operations.tray.title")}</Text>
          {jobs.length === 0 && <Text fz="sm" c="dimmed">{t("operations.tray.empty")}</Text>}
          <div className="tray-jobs">
            {jobs.map((job) => (
              <div key={job.job_id}>
                <a className="ops-link" href={hrefOf("jobs", job.job_id)} onClick={close}>{nameOf(job)}</a>
                <Text span fz="xs" c="dimmed"> · {t(`operations.jobState.${job.state}`)}</Text>
                <JobProgress job={job} label={nameOf(job)} />
              </div>
            ))}
          </div>
          <a className="ops-link" href={hrefOf("jobs")} onClick={close}>{t("operations.tray.all")}</a>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
