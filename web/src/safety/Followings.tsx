import { Button, Modal, Text, Title } from "@mantine/core";
import { IconUserHeart } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { TimelineSkeleton } from "../parts/States";
import { Section } from "../settings/Section";
import { FollowingRow } from "./FollowingRow";
import type { Following, Kept } from "./types";

const AskFollow = lazy(() => import("./AskFollow"));

/** Who asks, who watches over this person, over whom they watch. */
export function Followings({ kept, isMe, onChanged }: { kept: Kept; isMe: boolean; onChanged: () => void }) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const of = (state: Following["state"], side: "follower" | "followed"): Following[] => kept.followings.filter((one) => one.state === state && one[side] === kept.user_id);
  const lists = [
    { id: "requests", rows: of("asked", "followed") },
    { id: "overMe", rows: of("confirmed", "followed") },
    { id: "byMe", rows: [...of("asked", "follower"), ...of("confirmed", "follower")] },
  ] as const;
  const isEmpty = lists.every(({ rows }) => rows.length === 0);
  return (
    <Section title={t("safety.followings.title")}>
      <Text fz="sm" c="dimmed">{t("safety.followings.text")}</Text>
      {isEmpty && <Text fz="sm">{t("safety.followings.none")}</Text>}
      {lists.filter(({ rows }) => rows.length > 0).map(({ id, rows }) => (
        <div key={id}>
          <Title order={3} fz="md" id={`followings-${id}`}>{t(`safety.followings.${id}`)}</Title>
          <ul className="plain-list followings" aria-labelledby={`followings-${id}`}>
            {rows.map((following) => <FollowingRow key={following.following_id} following={following} whose={kept.user_id} decides={kept.decides} onChanged={onChanged} />)}
          </ul>
        </div>
      ))}
      {isMe && <Button variant={isEmpty ? "light" : "default"} mih={44} style={{ alignSelf: "flex-start" }} leftSection={<IconUserHeart size={18} />} onClick={() => setAsking(true)}>{t("safety.followings.ask")}</Button>}
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={t("safety.followings.ask")} closeButtonProps={{ "aria-label": t("close") }}>
        <Suspense fallback={<TimelineSkeleton />}>{isAsking && <AskFollow known={kept.followings} onDone={() => { setAsking(false); onChanged(); }} />}</Suspense>
      </Modal>
    </Section>
  );
}
