import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { exact } from "../../../times";
import type { Attempt, Deviation, Kind, Properties, Side, Step } from "../types";
import { said } from "../useKinds";

/** Client and server side by side, a row for each step; where it departs from the plan first is marked. */
export function Timeline({ attempt, plan }: { attempt: Attempt; plan: Kind }) {
  const { t } = useTranslation();
  const { deviation, steps } = attempt;
  const isMissing = deviation?.code === "missing";
  return (
    <table className="flow-table">
      <thead><tr><th>{t("repairDesk.flow.when")}</th><th>{t("repairDesk.side.client")}</th><th>{t("repairDesk.side.server")}</th></tr></thead>
      <tbody>
        {isMissing && deviation.after === null && <Missing deviation={deviation} plan={plan} />}
        {steps.map((step, place) => (
          <Rows key={step.event.number} step={step} plan={plan} deviation={deviation} steps={steps}>
            {isMissing && deviation.after === place && <Missing deviation={deviation} plan={plan} />}
          </Rows>
        ))}
      </tbody>
    </table>
  );
}

type RowProps = { step: Step; steps: Step[]; plan: Kind; deviation: Deviation | null; children: React.ReactNode };

function Rows({ step, steps, plan, deviation, children }: RowProps) {
  const { t } = useTranslation();
  const pair = plan.points.find((one) => one.name === deviation?.point)?.pair;
  const isFirst = deviation !== null && deviation.code !== "missing" && deviation.point === step.point;
  const isOther = deviation?.code === "mismatch" && step.point === pair;
  const fields = isFirst || isOther ? (deviation?.fields ?? []) : [];
  const cell = (side: Side) => (
    <td data-side={side} data-empty={step.side !== side || undefined}>
      {step.side === side && (
        <div className="flow-step">
          {isFirst && <Mark deviation={deviation} />}
          <strong>{said(step.title)}</strong>
          <Told properties={step.event.properties} differing={fields} />
          {step.event.drift && step.event.drift.length > 0 && <small className="flow-drift">{t("repairDesk.flow.drift")}: {step.event.drift.join("; ")}</small>}
        </div>
      )}
    </td>
  );
  return (
    <>
      <tr data-deviates={isFirst || isOther || undefined}>
        <th scope="row"><time title={exact(step.ts)}>{timeOf(step.ts)}</time><small>{steps[0] === step ? t("repairDesk.flow.begin") : `+${durationOf(step.duration_ms)}`}</small></th>
        {cell("client")}
        {cell("server")}
      </tr>
      {children}
    </>
  );
}

function Missing({ deviation, plan }: { deviation: Deviation; plan: Kind }) {
  const { t } = useTranslation();
  const title = plan.points.find((one) => one.name === deviation.point)?.title;
  const cell = (side: Side) => (
    <td data-side={side} data-empty={deviation.side !== side || undefined}>
      {deviation.side === side && <div className="flow-step"><Mark deviation={deviation} /><strong>{title === undefined ? deviation.point : said(title)}</strong><small>{t("repairDesk.flow.missing")}</small></div>}
    </td>
  );
  return <tr data-deviates data-missing><th scope="row"><small>–</small></th>{cell("client")}{cell("server")}</tr>;
}

function Mark({ deviation }: { deviation: Deviation }) {
  const { t } = useTranslation();
  return <span className="flow-mark"><IconAlertTriangle size={16} aria-hidden />{t("repairDesk.flow.first")}: {t(`repairDesk.deviation.${deviation.code}`)}</span>;
}

function Told({ properties, differing }: { properties: Properties; differing: readonly string[] }) {
  return (
    <dl className="flow-told">
      {Object.entries(properties).map(([name, value]) => (
        <div key={name} data-differs={differing.includes(name) || undefined}><dt>{name}</dt><dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd></div>
      ))}
    </dl>
  );
}

function timeOf(ts: number): string {
  const time = new Date(ts);
  return `${time.toLocaleTimeString([], { hour12: false })}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

function durationOf(milliseconds: number): string {
  return milliseconds < 10_000 ? `${milliseconds} ms` : `${Math.round(milliseconds / 1000)} s`;
}
