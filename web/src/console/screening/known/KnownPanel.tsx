import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../../api";
import { useLoad } from "../../load";
import { useAction } from "../../parts/action";
import { Ago } from "../../parts/Ago";
import { Broken } from "../../parts/Broken";
import { Confirm } from "../../parts/Confirm";
import { CopyText } from "../../parts/CopyText";
import { Facts } from "../../parts/Facts";
import { RowsSkeleton } from "../../parts/PageSkeleton";
import { labelWords } from "../words";
import type { NamedItem } from "./KnownView";

type Props = { id: string; find: (id: string, signal: AbortSignal) => Promise<NamedItem | undefined>; isEditable: boolean; onGone: () => void };

/** One known file, and forgetting it. */
export function KnownPanel({ id, find, isEditable, onGone }: Props) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const { value: item, error, isLoading, reload } = useLoad((signal) => find(id, signal), [id]);
  const action = useAction("screening_known_remove");
  const remove = async (): Promise<void> => {
    if (await action.run(async () => void (await call("DELETE", `/screening/known/${id}`)))) onGone();
  };
  if (isLoading && item === undefined) return <RowsSkeleton />;
  if (error !== null) return <Broken error={error} onRetry={reload} />;
  if (item === undefined) return <Text>{t("screening.known.gone")}</Text>;
  return (
    <Stack>
      <Facts
        facts={[
          [t("screening.known.note"), item.note], [t("screening.known.label"), labelWords(item.label, t)], [t("screening.known.source"), item.source],
          [t("screening.known.who"), item.by], [t("screening.known.added"), <Ago ts={item.added_ts} />],
          [t("screening.known.finds"), [item.features && t("screening.known.features"), item.sound && t("screening.known.sound")].filter(Boolean).join(", ")],
        ]}
      />
      {item.sha256 && <CopyText label="SHA-256" text={item.sha256} />}
      {item.pdq && <CopyText label="PDQ" text={item.pdq} />}
      {isEditable && <Group><Button variant="default" className="danger-button" h={44} onClick={() => { action.clear(); setAsking(true); }}>{t("screening.known.remove")}</Button></Group>}
      <Confirm opened={isAsking} title={t("screening.known.removeSure")} label={t("screening.known.remove")} isDanger action={action} onClose={() => setAsking(false)} onConfirm={() => void remove()}>
        <Text fz="sm">{t("screening.known.removeText")}</Text>
      </Confirm>
    </Stack>
  );
}
