import { useRoute } from "../route";
import { DeparturePage } from "./departure/DeparturePage";
import { OverviewOfDepartures } from "./overview/OverviewOfDepartures";
import { Wizard } from "./wizard/Wizard";

/** Who leaves: all departures, the wizard for a new one (`/new`), or one with its customers (`/<id>`). */
export default function HandoverPage() {
  const { subject } = useRoute();
  if (subject === null) return <OverviewOfDepartures />;
  return subject === "new" ? <Wizard /> : <DeparturePage key={subject} departureId={subject} />;
}
