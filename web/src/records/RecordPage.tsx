import { goTo } from "../hooks";
import { RecordView } from "./RecordView";

/** A record in the chat: for who takes part in it, and for who is shown it. */
export default function RecordPage({ recordId }: { recordId: string }) {
  return <RecordView place={{ recordId }} onBack={() => goTo({ page: "home" })} />;
}
