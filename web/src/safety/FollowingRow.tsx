import { Button, Group, Select, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { Face } from "../parts/Face";
import { Sure } from "../parts/Sure";
import { usePerson } from "../people";
import { exact, short } from "../times";
import type { Following, When } from "./types";
import { useAct } from "./useAct";

type Props = { following: Following; whose: string; decides: boolean; onChanged: () => void };

/** One of them, as the person `whose` page it is sees it: to be answered, to be changed, to be ended. */
export function FollowingRow({ following, whose, decides, onChanged }: Props) {
  const { t } = useTranslation();
  const isFollowed = following.followed === whose;
  const person = usePerson(isFollowed ? following.follower : following.followed);
  const action = useAct("following_answer");
  const [when, setWhen] = useState<When>(following.when ?? "trusted");
  const [isEnding, setEnding] = useState(false);
  const path = `/safety/followings/${encodeURIComponent(following.following_id)}`;
  const answer = async (confirm: boolean, chosen: When): Promise<void> => {
    if (await action.run(() => call("POST", `${path}/answer`, { body: { confirm, when: chosen } }))) onChanged();
  };
  const end = async (): Promise<void> => {
    if (await action.run(() => call("DELETE", path))) onChanged();
  };
  const change = (value: string | null): void => {
    if (value === null) return;
    setWhen(value as When);
    if (following.state === "confirmed") void answer(true, value as When);
  };
  const isAsked = following.state === "asked";
  const mayAnswer = isFollowed && decides;
  const isBusy = action.state === "busy";
  return (
    <li className="following">
      <div className="person">
        <Face name={person.name} mxc={person.mxc} size={36} />
        <span className="person-text">
          <span>{person.name}</span>
          <small title={exact(following.asked_ts)}>{t(`safety.relation.${following.relation}`)} · {t(isAsked ? "safety.followings.askedOn" : "safety.followings.since", { time: short(following.answered_ts ?? following.asked_ts) })}</small>
        </span>
        {!(isAsked && isFollowed) && <Button size="sm" mih={44} variant="default" disabled={isBusy} aria-label={t(isAsked ? "safety.followings.takeBackNamed" : "safety.followings.endNamed", { name: person.name })} onClick={() => (isAsked ? void end() : setEnding(true))}>{t(isAsked ? "safety.followings.takeBack" : "safety.followings.end")}</Button>}
      </div>
      {following.message && <Text fz="sm" className="following-words">{following.message}</Text>}
      {mayAnswer && (
        <Select size="md" label={t("safety.followings.when")} description={t(`safety.followings.whenText.${when}`)} allowDeselect={false} disabled={isBusy} value={when} data={(["trusted", "always"] as const).map((value) => ({ value, label: t(`safety.followings.whens.${value}`) }))} onChange={change} />
      )}
      {isAsked && isFollowed && (mayAnswer ? (
        <Group gap="sm" mt="xs">
          <Button mih={44} loading={isBusy} onClick={() => void answer(true, when)}>{t("safety.followings.yes")}</Button>
          <Button mih={44} variant="default" disabled={isBusy} onClick={() => void answer(false, when)}>{t("safety.followings.no")}</Button>
        </Group>
      ) : <Text fz="sm" c="dimmed">{t("safety.followings.guardianAnswers")}</Text>)}
      {!isEnding && action.why && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why}</Text>}
      <Sure opened={isEnding} title={t("safety.followings.end")} text={t("safety.followings.endText", { name: person.name })} yes={t("safety.followings.end")} action={action} onYes={() => void end()} onClose={() => setEnding(false)} />
    </li>
  );
}
