import { Button, Modal, Stack, Text, Title } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import "../panels.css";
import { useReturnFocus } from "../parts/useReturnFocus";
import { TimelineSkeleton } from "../parts/States";
import "./repair.css";
import { ReportCard } from "./ReportCard";
import { ReportForm } from "./ReportForm";
import type { Report } from "./types";

const SHOWN = 10;

/** Say what is wrong, and see what becomes of it: the form, then the answer; and what one has reported before. */
export default function ReportProblem({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  useReturnFocus();
  const isNarrow = useMediaQuery("(max-width: 767px)", window.innerWidth < 768);
  const [made, setMade] = useState<string | null>(null);
  const [reports, setReports] = useState<Report[] | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    call<{ reports: Report[] }>("GET", "/repair/reports", { query: { limit: SHOWN }, signal: stop.signal }).then(
      (page) => setReports(page.reports),
      () => !stop.signal.aborted && setReports([]),
    );
    return () => stop.abort();
  }, [made]);
  return (
    <Modal opened onClose={onClose} fullScreen={isNarrow} size="lg" title={t("repair.title")} closeButtonProps={{ "aria-label": t("close"), size: 44 }}>
      <Stack gap="lg">
        {made === null ? <ReportForm onMade={(report) => setMade(report.report_id)} /> : <Button variant="default" h={44} onClick={() => setMade(null)}>{t("repair.new")}</Button>}
        <section aria-label={t("repair.mine")}>
          <Title order={2} fz="md" mb="xs">{t("repair.mine")}</Title>
          {reports === null && <TimelineSkeleton />}
          {reports?.length === 0 && <Text fz="sm" c="dimmed">{t("repair.none")}</Text>}
          <Stack gap="sm">{reports?.map((report) => <ReportCard key={report.report_id} first={report} />)}</Stack>
        </section>
      </Stack>
    </Modal>
  );
}
