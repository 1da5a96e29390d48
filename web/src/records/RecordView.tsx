import { type ReactNode, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import "./records.css";
import { ApiError } from "../api";
import { Failed, TimelineSkeleton } from "../parts/States";
import { track } from "../track";
import { failureOf } from "./failure";
import { Gone, ReasonGate } from "./Gates";
import { type Place, Source } from "./source";
import type { Details } from "./types";
import { isGoneBy } from "./useEntries";
import { Viewer } from "./Viewer";

type Props = {
  place: Place;
  /** The entry that is to be in sight at first. */
  start?: number | null;
  onBack?: () => void;
  /** What more can be done with it here. */
  actions?: (details: Details, changed: () => void) => ReactNode;
};

/** A record, whoever looks at it from wherever: the reason is asked where one is wanted, then it is shown. */
export function RecordView({ place, start = null, onBack, actions }: Props) {
  const { t } = useTranslation();
  const key = "token" in place ? place.token : place.recordId;
  const [reason, setReason] = useState("");
  const [round, setRound] = useState(0);
  const [details, setDetails] = useState<Details | null>(null);
  const [error, setError] = useState<unknown>(null);
  const source = useMemo(() => new Source(place, reason), [key, reason]);
  useEffect(() => {
    const stop = new AbortController();
    setError(null);
    source.details(stop.signal).then(
      (told) => { if (!stop.signal.aborted) { setDetails(told); if (round === 0) track("record_open", { by: told.by }); } },
      (failure: unknown) => !stop.signal.aborted && setError(failure),
    );
    return () => stop.abort();
  }, [source, round]);
  const again = (): void => setRound((before) => before + 1);
  if (error !== null && wantsReason(error)) return <ReasonGate onReason={setReason} />;
  if (error !== null && (details === null || isGoneBy(error))) {
    if (isGoneBy(error)) return <Gone wasThere={details !== null} isLink={source.isLink} onBack={onBack} />;
    return <Failed text={`${failureOf(error, t)} ${t("record.failed.safe")}`} onRetry={again} />;
  }
  if (details === null) return <TimelineSkeleton />;
  return <Viewer details={details} source={source} start={start} onBack={onBack} actions={actions?.(details, again)} />;
}

function wantsReason(error: unknown): boolean {
  return error instanceof ApiError && error.data["org.roomkeeper.reason"] === "reason_required";
}
