import { ActionIcon, Button, Stack, Text } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { goTo, useClient } from "../hooks";
import { openChat, usePerson } from "../people";
import { Face } from "../parts/Face";
import { Failed, TimelineSkeleton } from "../parts/States";
import { useAction } from "../parts/useAction";
import type { Succession } from "./succession";
import { type Handover, useSuccession } from "./useHandover";

const Card = lazy(() => import("./Card"));

/** Somebody to whom nothing can be written any more, also where one never did: who takes care instead. */
export default function LeftPage({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const person = usePerson(userId);
  const { answer, again } = useSuccession(userId, "");
  return (
    <>
      <header className="head">
        <ActionIcon className="only-narrow" size={44} variant="subtle" color="gray" aria-label={t("room.back")} onClick={() => goTo({ page: "home" })}><IconArrowLeft size={20} /></ActionIcon>
        <Face name={person.name} mxc={person.mxc} />
        <div className="head-text"><h1>{person.name}</h1><p>{userId}</p></div>
      </header>
      {answer === "loading" && <TimelineSkeleton />}
      {answer === "failed" && <Failed text={t("handover.unknown")} onRetry={again} />}
      {typeof answer === "object" && answer.state === "active" && <Back userId={userId} name={answer.display_name} />}
      {typeof answer === "object" && answer.state === "departed" && <Choice userId={userId} answer={answer} again={again} />}
    </>
  );
}

function Choice({ userId, answer, again }: { userId: string; answer: Succession; again: () => void }) {
  const offered = answer.offer?.status;
  const isKnown = offered === "waiting" || offered === "declined" || offered === "accepted" || offered === "taken_over" || offered === "at_limit";
  const handover: Handover = {
    userId, answer, again, isTransfer: false, isOwn: true, isOff: true,
    status: isKnown ? offered : "pending",
    successorId: answer.successor?.user_id ?? null, newRoomId: answer.offer?.new_room_id ?? null,
  };
  return (
    <div className="page">
      <Suspense fallback={<TimelineSkeleton />}><Card handover={handover} room={null} isDraftTaken={false} onLater={again} /></Suspense>
    </div>
  );
}

/** They are back, or never left. */
function Back({ userId, name }: { userId: string; name: string }) {
  const { t } = useTranslation();
  const client = useClient();
  const action = useAction();
  return (
    <Stack m="auto" p="xl" align="center">
      <Text>{t("handover.isHere", { name })}</Text>
      {action.state === "failed" && <Text role="alert" fz="sm" c="var(--rk-danger)">{action.why ?? t("sure.failed")}</Text>}
      <Button mih={44} loading={action.state === "busy"} onClick={() => void action.run(async () => goTo({ page: "room", roomId: await openChat(client, userId) }, true))}>{t("handover.writeTo", { name })}</Button>
    </Stack>
  );
}
