import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useMemo, useReducer, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { may, useMe } from "../me";
import { useAction } from "../parts/action";
import { Ago, stamp } from "../parts/Ago";
import { Confirm } from "../parts/Confirm";
import { CopyText } from "../parts/CopyText";
import { PageDrawer } from "../parts/PageDrawer";
import { openSubject, useRoute } from "../route";
import { DataTable } from "../table/DataTable";
import type { Column, Load } from "../table/types";
import { NewToken, type Token } from "./NewToken";

/** Tokens with which other systems provision people (SCIM). */
export function Tokens() {
  const { t } = useTranslation();
  const me = useMe();
  const { subject } = useRoute();
  const [version, changed] = useReducer((count: number) => count + 1, 0);
  const load: Load<Token> = async ({ from, limit, signal }) => {
    const answer = await call<{ provisioning_tokens: Token[]; next_batch?: string }>("GET", "/provisioning_tokens", { query: { from, limit }, signal });
    return { rows: answer.provisioning_tokens, next: answer.next_batch ?? null };
  };
  const mayWrite = may(me, "provisioning.write");
  const name = subject?.startsWith("token ") ? subject.slice("token ".length) : null;
  return (
    <>
      <Group justify="space-between" mb="md">
        <Text fz="sm" c="dimmed" maw={640}>{t("console.tokens.text")}</Text>
        {mayWrite && <Button h={44} leftSection={<IconPlus size={18} />} onClick={() => openSubject("new")}>{t("console.tokens.new")}</Button>}
      </Group>
      <CopyText label={t("console.tokens.address")} text={`${window.location.origin}/scim/v2`} />
      <div style={{ height: 16 }} />
      <DataTable
        name="tokens" label={t("console.settings.view.tokens")} columns={useColumns()} keyOf={(token) => `token ${token.name}`} load={load} version={version}
        empty={{ title: t("console.tokens.emptyTitle"), text: t("console.tokens.emptyText") }}
      />
      <PageDrawer opened={subject === "new"} title={t("console.tokens.new")}>{subject === "new" && <NewToken onMade={changed} />}</PageDrawer>
      <PageDrawer opened={name !== null} title={t("console.tokens.one")}>
        {name !== null && <TokenPanel key={name} name={name} mayWrite={mayWrite} onRevoked={() => { changed(); openSubject(null); }} />}
      </PageDrawer>
    </>
  );
}

function TokenPanel({ name, mayWrite, onRevoked }: { name: string; mayWrite: boolean; onRevoked: () => void }) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const action = useAction("token_revoke");
  const revoke = async (): Promise<void> => {
    if (await action.run(async () => void (await call("DELETE", `/provisioning_tokens/${encodeURIComponent(name)}`)))) onRevoked();
  };
  return (
    <Stack>
      <Title order={2} fz="lg">{name}</Title>
      <Text fz="sm">{t("console.tokens.secretGone")}</Text>
      {mayWrite && <Group><Button variant="default" h={44} onClick={() => { action.clear(); setAsking(true); }}>{t("console.tokens.revoke")}</Button></Group>}
      <Confirm opened={isAsking} title={t("console.tokens.revokeSure", { name })} label={t("console.tokens.revoke")} isDanger action={action} onClose={() => setAsking(false)} onConfirm={() => void revoke()}>
        <Text fz="sm">{t("console.tokens.revokeText")}</Text>
      </Confirm>
    </Stack>
  );
}

function useColumns(): readonly Column<Token>[] {
  const { t, i18n } = useTranslation();
  return useMemo(
    () => [
      { id: "name", label: t("console.name"), cell: (one) => one.name, text: (one) => one.name },
      { id: "created", label: t("console.created"), cell: (one) => <Ago ts={one.created_ts} />, text: (one) => stamp(one.created_ts) },
      { id: "by", label: t("console.tokens.by"), cell: (one) => one.created_by, text: (one) => one.created_by },
      { id: "expires", label: t("console.links.expires"), cell: (one) => (one.expires_ts ? <Ago ts={one.expires_ts} /> : t("console.links.never")), text: (one) => stamp(one.expires_ts) },
      { id: "used", label: t("console.tokens.used"), cell: (one) => (one.last_used_ts ? <><Ago ts={one.last_used_ts} /> <span className="soft">{one.last_used_ip}</span></> : t("console.tokens.never")), text: (one) => stamp(one.last_used_ts) },
    ],
    [t, i18n.language],
  );
}
