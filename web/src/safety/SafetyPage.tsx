import { ActionIcon, Alert, Select, Skeleton, Stack, Text } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { goTo, useClient } from "../hooks";
import "../panels.css";
import { Failed } from "../parts/States";
import { usePerson } from "../people";
import { Asking } from "./Asking";
import { Erase } from "./Erase";
import { failureOf } from "./failure";
import { Features } from "./Features";
import { Followings } from "./Followings";
import { KeptList } from "./KeptList";
import "./safety.css";
import { Sharing } from "./Sharing";
import type { Kept } from "./types";
import { type Answered, useAsked } from "./useAsked";
import { usePreferences } from "./usePreferences";

/** Who watches over whom, what one agrees to, where one is, and all that is kept: of oneself, or of a minor for whom one decides. */
export default function SafetyPage() {
  const { t } = useTranslation();
  const client = useClient();
  const me = client.getSafeUserId();
  const [whom, setWhom] = useState(me);
  const own = useAsked<Kept>(`/safety/people/${encodeURIComponent(me)}`);
  const wards = own.value?.wards ?? [];
  return (
    <>
      <header className="head">
        <ActionIcon className="only-narrow" size={44} variant="subtle" color="gray" aria-label={t("room.back")} onClick={() => goTo({ page: "home" })}><IconArrowLeft size={20} /></ActionIcon>
        <div className="head-text"><h1>{t("safety.page")}</h1></div>
      </header>
      <div className="page safety-page">
        <Stack gap="xl">
          {wards.length > 0 && <Whom me={me} wards={wards} whom={whom} onChoose={setWhom} />}
          {whom === me ? <Person answer={own} isMe /> : <Ward key={whom} userId={whom} />}
        </Stack>
      </div>
    </>
  );
}

function Whom({ me, wards, whom, onChoose }: { me: string; wards: readonly string[]; whom: string; onChoose: (userId: string) => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const data = [{ value: me, label: t("safety.whom.me") }, ...wards.map((value) => ({ value, label: client.getUser(value)?.displayName ?? value }))];
  return <Select size="md" label={t("safety.whom.label")} description={t("safety.whom.text")} allowDeselect={false} data={data} value={whom} onChange={(value) => value && onChoose(value)} />;
}

function Ward({ userId }: { userId: string }) {
  const { t } = useTranslation();
  const { name } = usePerson(userId);
  const answer = useAsked<Kept>(`/safety/people/${encodeURIComponent(userId)}`);
  return (
    <>
      <Text fz="sm">{t("safety.whom.ward", { name })}</Text>
      <Person answer={answer} isMe={false} />
    </>
  );
}

function Person({ answer: { value, error, reload }, isMe }: { answer: Answered<Kept>; isMe: boolean }) {
  const { t } = useTranslation();
  if (value === undefined && error !== null) return <Failed text={failureOf(error, t)} onRetry={reload} />;
  if (value === undefined) return <div aria-busy="true"><span className="visually-hidden" role="status">{t("loading")}</span><Skeleton h={160} mb="lg" /><Skeleton h={220} mb="lg" /><Skeleton h={220} /></div>;
  return <Everything kept={value} isMe={isMe} reload={reload} />;
}

function Everything({ kept: value, isMe, reload }: { kept: Kept; isMe: boolean; reload: () => void }) {
  const { t } = useTranslation();
  const agreed = usePreferences(value, reload);
  return (
    <>
      {isMe && !value.decides && <Alert color="blue" variant="light">{t("safety.guarded")}</Alert>}
      <Followings kept={value} isMe={isMe} onChanged={reload} />
      <Sharing kept={value} agreed={agreed} isMe={isMe} onChanged={reload} />
      <Asking agreed={agreed} />
      <Features kept={value} onChanged={reload} />
      <KeptList kept={value} />
      <Erase kept={value} onChanged={reload} />
    </>
  );
}
