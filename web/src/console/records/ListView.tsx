import { may, useMe } from "../me";
import { useRoute } from "../route";
import { HitTable } from "./HitTable";
import { Health } from "./Health";
import { RecordTable } from "./RecordTable";

/** Three figures and a chart for who sees all of it; the records; what was found in them. */
export default function ListView() {
  const me = useMe();
  const term = useRoute().query.get("q");
  return (
    <>
      {may(me, "records.read") && !term && <Health />}
      {term ? <HitTable key="hits" /> : <RecordTable key="records" />}
    </>
  );
}
