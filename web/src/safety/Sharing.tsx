import { Button, Group, SegmentedControl, Switch, Text } from "@mantine/core";
import { IconCurrentLocation } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { useVersion } from "../hooks";
import { CHANGED } from "../parts/changing";
import { Map } from "../parts/map/Map";
import { Section } from "../settings/Section";
import { clock, exact } from "../times";
import { failureOf } from "./failure";
import { live } from "./live";
import { currentPosition, type Here } from "./position";
import type { Kept, Sharing as How } from "./types";
import { useAct } from "./useAct";
import type { Agreed } from "./usePreferences";

const ME = "safety";
const HOW: readonly How[] = ["off", "approximate", "exact"];

/** Whether safety knows where one is, how exactly, for how long. */
export function Sharing({ kept, agreed, isMe, onChanged }: { kept: Kept; agreed: Agreed; isMe: boolean; onChanged: () => void }) {
  const { t } = useTranslation();
  useVersion(live, CHANGED);
  const action = useAct("safety_location");
  const [held, setHeld] = useState(false);
  const how = agreed.preferences.location;
  const choose = async (location: How): Promise<void> => {
    if ((await action.run(() => agreed.change({ location }))) && location === "off" && isMe) live.stop(ME);
  };
  const tell = async (here: Here, mode: "once" | "live"): Promise<void> => {
    const { latitude, longitude, accuracy, ts } = here;
    const answer = await call<{ outcome: "taken" | "older" | "held" }>("PUT", "/safety/location", { body: { latitude, longitude, accuracy, ts, mode } });
    setHeld(answer.outcome === "held");
    onChanged();
  };
  const once = (): void => void action.run(async () => tell(await currentPosition(), "once"));
  const forget = (): void => void action.run(async () => { live.stop(ME); await call("DELETE", "/safety/location"); onChanged(); });
  const toggle = (isWanted: boolean): void => void action.run(async () => {
    if (isWanted) return live.start(ME, (here) => tell(here, "live"));
    live.stop(ME);
    await call("DELETE", "/safety/location");
    onChanged();
  });
  const isLive = live.has(ME);
  const why = action.why ?? (isLive && live.error !== null ? failureOf(live.error, t) : null);
  return (
    <Section title={t("safety.sharing.title")}>
      <SegmentedControl className="wrapped" fullWidth aria-label={t("safety.sharing.title")} value={how} data={HOW.map((value) => ({ value, label: t(`safety.sharing.how.${value}`) }))} disabled={action.state === "busy"} onChange={(value) => void choose(value as How)} />
      <Text fz="sm" c="dimmed">{t(`safety.sharing.text.${how}`, { hours: kept.kept.approximate_hours })}</Text>
      {how !== "off" && isMe && (
        <>
          <Switch label={t("safety.sharing.live")} description={t("safety.sharing.liveText", { minutes: kept.kept.live_minutes })} checked={isLive} onChange={(event) => toggle(event.currentTarget.checked)} />
          <Group gap="sm">
            <Button variant="default" mih={44} leftSection={<IconCurrentLocation size={18} />} loading={action.state === "busy"} onClick={once}>{t("safety.sharing.once")}</Button>
            {kept.position && <Button variant="default" mih={44} onClick={forget}>{t("safety.sharing.forget")}</Button>}
          </Group>
        </>
      )}
      {why && <Text role="alert" fz="sm" c="var(--rk-danger)">{why}</Text>}
      {held && <Text role="status" fz="sm" c="var(--rk-warn)">{t("safety.sharing.held")}</Text>}
      {kept.position ? <Known kept={kept} /> : how !== "off" && <Text fz="sm" role="status">{t("safety.sharing.unknown")}</Text>}
    </Section>
  );
}

/** What is known, on a map. */
function Known({ kept: { position } }: { kept: Kept }) {
  const { t } = useTranslation();
  if (position === null) return null;
  const { latitude, longitude, accuracy, ts, expires_ts } = position;
  const words = t(position.is_approximate ? "safety.sharing.knownRoughly" : "safety.sharing.known", { from: clock(ts), until: clock(expires_ts), metres: Math.round(accuracy) });
  return (
    <>
      <Text fz="sm" role="status" title={exact(expires_ts)}>{words}</Text>
      <Map label={t("safety.sharing.map")} pins={[{ id: "me", latitude, longitude, accuracy, label: t("safety.sharing.here"), tone: "me" }]} fit={`${latitude} ${longitude}`} />
    </>
  );
}
