import { Switch, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import type { NewKind } from "../chat/NewMenu";
import { useClient } from "../hooks";
import { goToRoom, openChat } from "../people";
import { FindPeople, type Found } from "../parts/FindPeople";
import { useAction } from "../parts/useAction";
import { Directory } from "./Directory";
import { NewRoom } from "./NewRoom";

export default function NewDialog({ kind, onDone }: { kind: NewKind; onDone: () => void }) {
  if (kind === "room") return <NewRoom onDone={onDone} />;
  return kind === "join" ? <Directory onDone={onDone} /> : <NewChat onDone={onDone} />;
}

/** A chat with one person. */
function NewChat({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const action = useAction();
  const [isEncrypted, setEncrypted] = useState(false);
  const pick = async (person: Found): Promise<void> => {
    if (await action.run(() => goToRoom(() => openChat(client, person.userId, isEncrypted)))) onDone();
  };
  return (
    <>
      {action.state === "failed" && <Text role="alert" fz="sm" mb="sm" c="var(--rk-danger)">{action.why ?? t("sure.failed")}</Text>}
      <FindPeople action={t("create.write")} isBusy={action.state === "busy"} stateOf={() => null} onPick={(person) => void pick(person)} />
      <Switch mt="md" label={t("create.encrypted")} description={t("create.encryptedText")} checked={isEncrypted} onChange={(event) => setEncrypted(event.currentTarget.checked)} />
    </>
  );
}
