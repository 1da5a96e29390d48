import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { useClient } from "../hooks";
import { FindPeople, type Found } from "../parts/FindPeople";
import { type Following, type Relation, RELATIONS } from "./types";
import { useAct } from "./useAct";

/** Ask to watch over somebody: who, what one really is to them, a word with it. */
export default function AskFollow({ known, onDone }: { known: readonly Following[]; onDone: () => void }) {
  const { t } = useTranslation();
  const me = useClient().getSafeUserId();
  const action = useAct("following_ask");
  const [person, setPerson] = useState<Found | null>(null);
  const [relation, setRelation] = useState<Relation | null>(null);
  const [message, setMessage] = useState("");
  const stateOf = ({ userId }: Found): string | null => {
    const open = known.find((one) => one.follower === me && one.followed === userId && (one.state === "asked" || one.state === "confirmed"));
    return open ? t(open.state === "asked" ? "safety.askFollow.asked" : "safety.askFollow.watched") : null;
  };
  const ask = async (): Promise<void> => {
    if (person === null || relation === null) return;
    if (await action.run(() => call("POST", "/safety/followings", { body: { followed: person.userId, relation, message: message.trim() } }))) onDone();
  };
  if (person === null) return <FindPeople action={t("safety.askFollow.choose")} isBusy={false} stateOf={stateOf} onPick={setPerson} />;
  return (
    <Stack>
      <Text fz="sm">{t("safety.askFollow.text", { name: person.name })}</Text>
      <Select size="md" required data-autofocus label={t("safety.askFollow.relation", { name: person.name })} data={RELATIONS.map((value) => ({ value, label: t(`safety.relation.${value}`) }))} value={relation} onChange={(value) => setRelation(value as Relation | null)} />
      <TextInput size="md" label={t("safety.askFollow.message")} maxLength={200} value={message} onChange={(event) => setMessage(event.currentTarget.value)} />
      {action.why && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why}</Text>}
      <Group>
        <Button mih={44} disabled={relation === null} loading={action.state === "busy"} onClick={() => void ask()}>{t("safety.askFollow.go")}</Button>
        <Button mih={44} variant="default" onClick={() => setPerson(null)}>{t("safety.raise.back")}</Button>
      </Group>
    </Stack>
  );
}
