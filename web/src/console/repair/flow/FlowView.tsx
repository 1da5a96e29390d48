import { Button, Select, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { track } from "../../../track";
import { useLoad } from "../../load";
import { Broken } from "../../parts/Broken";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { changeQuery, useRoute } from "../../route";
import type { Flow, ShownKind } from "../types";
import { said, useKinds } from "../useKinds";
import { ShownFlow } from "./ShownFlow";

/** Whose flow of which kind: it stands in the address, so that it can be sent to somebody. */
export default function FlowView() {
  const { t } = useTranslation();
  const { query } = useRoute();
  const kinds = useKinds();
  const user = query.get("user"), kind = query.get("kind");
  if (kinds.value === undefined) return kinds.error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={kinds.error} onRetry={kinds.reload} />;
  const shown = kinds.value.find((one) => one.plan.kind === kind);
  return (
    <>
      <Ask key={`${user} ${kind}`} kinds={kinds.value} user={user} kind={kind} />
      {user && shown ? <Found key={`${user} ${kind}`} user={user} kind={shown} /> : <p className="soft">{t("repairDesk.flow.empty")}</p>}
    </>
  );
}

function Ask({ kinds, user, kind }: { kinds: ShownKind[]; user: string | null; kind: string | null }) {
  const { t } = useTranslation();
  const [who, setWho] = useState(user ?? "");
  const [what, setWhat] = useState(kind ?? kinds[0]?.plan.kind ?? null);
  const ask = (event: FormEvent): void => {
    event.preventDefault();
    track("repair_flow", { kind: what ?? "" });
    changeQuery({ user: who.trim(), kind: what, attempt: null });
  };
  return (
    <form className="flow-ask" onSubmit={ask}>
      <TextInput size="md" required label={t("repairDesk.flow.user")} placeholder="@name:example.org" value={who} onChange={(event) => setWho(event.currentTarget.value)} />
      <Select size="md" required label={t("repairDesk.flow.kind")} allowDeselect={false} data={kinds.map(({ plan }) => ({ value: plan.kind, label: said(plan.title) }))} value={what} onChange={setWhat} />
      <Button type="submit" h={44} leftSection={<IconSearch size={18} />}>{t("repairDesk.flow.show")}</Button>
    </form>
  );
}

function Found({ user, kind }: { user: string; kind: ShownKind }) {
  const { value, error, reload, isLoading } = useLoad((signal) => call<Flow>("GET", "/repair/flow", { query: { user_id: user, kind: kind.plan.kind }, signal }), [user, kind.plan.kind]);
  if (value === undefined) return error === null ? <div aria-busy="true"><RowsSkeleton /></div> : <Broken error={error} onRetry={reload} />;
  return <ShownFlow flow={value} plan={kind.plan} isLoading={isLoading} onReload={reload} />;
}
