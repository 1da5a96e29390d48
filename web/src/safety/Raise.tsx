import { Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import "../panels.css";
import { useReturnFocus } from "../parts/useReturnFocus";
import { Countdown } from "./Countdown";
import { failureOf } from "./failure";
import { KindChoice } from "./KindChoice";
import { currentPosition } from "./position";
import { RaiseForm, type Report } from "./RaiseForm";
import "./safety.css";
import type { Kind, SafetyEvent } from "./types";
import { useAct } from "./useAct";

/** Around where one is, in metres. */
const RADIUS_M = 500;
const MOST_RADIUS_M = 20_000;

/** Raise an event: what happens (one tap, at one's place; or with words, a picture, another place), then some seconds to take it back. */
export default function Raise({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  useReturnFocus();
  const isNarrow = useMediaQuery("(max-width: 767px)", window.innerWidth < 768);
  const action = useAct("event_raise");
  const [kind, setKind] = useState<Kind | null>(null);
  const [why, setWhy] = useState<string | null>(null);
  const [raised, setRaised] = useState<SafetyEvent | null>(null);
  const raise = async (report: Report): Promise<void> => {
    await action.run(async () => setRaised(await call<SafetyEvent>("POST", "/safety/events", { body: report })));
  };
  const choose = (chosen: Kind, isMore: boolean): void => {
    setWhy(null);
    if (isMore) return setKind(chosen);
    void action.run(async () => {
      const here = await currentPosition().catch((error: unknown) => {
        // Without a place nobody can be found: it is chosen on the map.
        setWhy(failureOf(error, t));
        setKind(chosen);
        return null;
      });
      if (here === null) return;
      const circle = { latitude: here.latitude, longitude: here.longitude, radius: Math.min(Math.max(RADIUS_M, here.accuracy), MOST_RADIUS_M) };
      setRaised(await call<SafetyEvent>("POST", "/safety/events", { body: { kind: chosen, title: t(`safety.kind.${chosen}`), place: { circles: [circle] } } }));
    });
  };
  if (raised !== null) return <Countdown event={raised} onClose={onClose} />;
  return (
    <Modal opened onClose={onClose} fullScreen={isNarrow} size="lg" title={t(kind === null ? "safety.raise.title" : `safety.kind.${kind}`)} closeButtonProps={{ "aria-label": t("close"), size: 44 }}>
      {kind === null ? <KindChoice action={action} onChoose={choose} onClose={onClose} />
        : <RaiseForm kind={kind} why={why} action={action} onRaise={(report) => void raise(report)} onBack={() => { action.reset(); setKind(null); }} />}
    </Modal>
  );
}
