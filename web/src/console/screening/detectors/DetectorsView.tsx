import { Badge, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { may, useMe } from "../../me";
import { useLive } from "../../operations/live";
import type { Job } from "../../operations/types";
import { Stale } from "../../operations/Stale";
import { StateMark } from "../../operations/StateMark";
import { number } from "../../operations/units";
import { useAction } from "../../parts/action";
import { Ago } from "../../parts/Ago";
import { Broken } from "../../parts/Broken";
import { Confirm } from "../../parts/Confirm";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { changeQuery, useRoute } from "../../route";
import type { Detector, Detectors } from "../types";
import { detectorWords, labelWords } from "../words";
import { Rescreen } from "./Rescreen";

const EVERY_MS = 5000;

/** Who looks into what is sent: what each finds, whether it is there, what goes wrong. */
export default function DetectorsView() {
  const { t } = useTranslation();
  const me = useMe();
  const jobId = useRoute().query.get("job");
  const [isAsking, setAsking] = useState(false);
  const { value, error, reload } = useLive((signal) => call<Detectors>("GET", "/screening/detectors", { signal }), [], EVERY_MS);
  const action = useAction("screening_rescreen");
  const begin = async (): Promise<void> => {
    const isBegun = await action.run(async () => changeQuery({ job: (await call<Job>("POST", "/screening/rescreen", { body: {} })).job_id }));
    if (isBegun) setAsking(false);
  };
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  return (
    <Stack>
      <Stale error={error} />
      <Group justify="space-between">
        <Text fz="sm" role="status">{t("screening.detectors.queue", { files: number(value.files), most: number(value.most_files) })}</Text>
        {may(me, "screening.policies") && <Button variant="default" h={44} leftSection={<IconRefresh size={18} />} onClick={() => { action.clear(); setAsking(true); }}>{t("screening.detectors.again")}</Button>}
      </Group>
      {jobId !== null && may(me, "jobs.read") && <Rescreen jobId={jobId} />}
      <ul className="rules">{value.detectors.map((one) => <li key={one.name}><DetectorCard detector={one} /></li>)}</ul>
      <Confirm opened={isAsking} title={t("screening.detectors.againSure")} label={t("screening.detectors.again")} action={action} onClose={() => setAsking(false)} onConfirm={() => void begin()}>
        <Text fz="sm">{t("screening.detectors.againText")}</Text>
      </Confirm>
    </Stack>
  );
}

function DetectorCard({ detector }: { detector: Detector }) {
  const { t } = useTranslation();
  const isNeeded = detector.needed_by.length > 0;
  const state = detector.absent !== null ? (isNeeded ? "failing" : "warning") : detector.failures !== null ? "warning" : "well";
  const title = detectorWords(detector.name, t);
  const policies = detector.needed_by.map((name) => (name === "default" ? t("screening.policies.default") : name)).join(", ");
  return (
    <Paper component="article" withBorder p="md" className="finding" data-state={state} aria-label={title}>
      <div className="ops-row">
        {detector.absent !== null && !isNeeded ? <Badge className="tone" data-tone="quiet" tt="none">{t("screening.detectors.optional")}</Badge> : <StateMark state={state} />}
        <Title order={2} fz="md">{title}</Title>
        <Text fz="sm" c="dimmed" className="break">{t("screening.detectors.version", { version: detector.version })}</Text>
      </div>
      {detector.absent !== null && <Text fz="sm" mt={4} className="break"><b>{t("screening.detectors.absent")}</b> {detector.absent}</Text>}
      {detector.absent !== null && isNeeded && <Text fz="sm" mt={4}>{t("screening.detectors.needed", { policies })}</Text>}
      {detector.failures && (
        <Text fz="sm" mt={4} className="break"><b>{t("screening.detectors.failed", { count: detector.failures.count })}</b> <Ago ts={detector.failures.last_ts} />: {detector.failures.message}</Text>
      )}
      <Text fz="sm" mt={4} c="dimmed">
        {detector.kinds.map((kind) => t(`screening.media.${kind}`)).join(", ")} · {Object.keys(detector.labels).map((label) => labelWords(label, t)).join(", ") || t("screening.detectors.reads")}
        {detector.under_way > 0 && ` · ${t("screening.detectors.underWay", { count: detector.under_way })}`}
      </Text>
    </Paper>
  );
}
