import { useState } from "react";
import { useTranslation } from "react-i18next";
import { PageDrawer } from "../parts/PageDrawer";
import { useRoute } from "../route";
import { EventDrawer } from "./EventDrawer";
import { EventTable } from "./EventTable";
import { Figures } from "./Figures";
import { LiveMap } from "./LiveMap";

/** Is it all right, where does something happen now, all events; one of them in the drawer. */
export default function EventsView() {
  const { t } = useTranslation();
  const { subject } = useRoute();
  const [version, setVersion] = useState(0);
  const changed = (): void => setVersion((before) => before + 1);
  return (
    <>
      <Figures version={version} />
      <LiveMap version={version} onChanged={changed} />
      <EventTable version={version} />
      <PageDrawer opened={subject !== null} title={t("safetyDesk.event")} size={640}>{subject !== null && <EventDrawer key={subject} eventId={subject} onChanged={changed} />}</PageDrawer>
    </>
  );
}
