import { Paper, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { may, useMe } from "../../me";
import { duration, number } from "../../operations/units";
import { hrefOf } from "../../route";
import type { Detectors, Statistics } from "../types";
import { detectorWords } from "../words";
import { refusedIn } from "./figures";

/** The three figures: what waits, what was refused, who should look and does not. */
export function Figures({ statistics, detectors }: { statistics: Statistics; detectors: Detectors }) {
  const { t } = useTranslation();
  const me = useMe();
  const waiting = statistics.cases["waiting"] ?? 0;
  const refused = statistics.hours.reduce((total, hour) => total + refusedIn(hour), 0);
  const appealed = statistics.hours.reduce((total, hour) => total + (hour.verdicts["appealed"] ?? 0), 0);
  const missing = detectors.detectors.filter((one) => one.absent !== null && one.needed_by.length > 0);
  const failing = detectors.detectors.filter((one) => one.absent === null && one.failures !== null);
  const names = [...missing, ...failing].map((one) => detectorWords(one.name, t)).join(", ");
  const longest = statistics.longest_since_ts;
  return (
    <div className="ops-cards">
      <Figure title={t("screening.overview.waiting")} value={number(waiting)} view={may(me, "screening.review") ? "queue" : null}>
        {longest === null || waiting === 0 ? t("screening.overview.noneWaits") : t("screening.overview.longest", { time: duration(Date.now() - longest, t) })}
      </Figure>
      <Figure title={t("screening.overview.refused")} value={number(refused)} view={may(me, "screening.review") ? "queue" : null} query={{ state: "all", appealed: "true" }}>
        {t("screening.overview.appealed", { count: appealed })}
      </Figure>
      <Figure title={t("screening.overview.detectors")} value={number(missing.length + failing.length)} view="detectors" isBad={missing.length > 0}>
        {names === "" ? t("screening.overview.allLook", { count: detectors.detectors.filter((one) => one.absent === null).length }) : names}
      </Figure>
    </div>
  );
}

type Props = { title: string; value: string; view: string | null; query?: Readonly<Record<string, string>>; isBad?: boolean; children: ReactNode };

function Figure({ title, value, view, query = {}, isBad = false, children }: Props) {
  const content = (
    <>
      <Text fz="sm" c="dimmed">{title}</Text>
      <div className="ops-figure" data-late={isBad || undefined}>{value}</div>
      <Text fz="sm" c="dimmed">{children}</Text>
    </>
  );
  if (view === null) return <Paper withBorder p="lg" className="ops-card">{content}</Paper>;
  return <Paper component="a" withBorder p="lg" href={hrefOf("screening", null, { view, ...query })} className="ops-card">{content}</Paper>;
}
