import { Alert, Anchor, Stack, Switch, Text, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { hrefOf } from "../hooks";
import type { Action } from "../parts/useAction";
import { KindIcon } from "./KindIcon";
import { type Kind, KINDS } from "./types";

type Props = { action: Action; onChoose: (kind: Kind, isMore: boolean) => void; onClose: () => void };

/** What happens: the second tap. */
export function KindChoice({ action, onChoose, onClose }: Props) {
  const { t } = useTranslation();
  const [isMore, setMore] = useState(false);
  const isBusy = action.state === "busy";
  return (
    <Stack>
      <Text fz="sm">{t("safety.raise.emergency")}</Text>
      <Text fz="sm" c="dimmed">{t(isMore ? "safety.raise.textMore" : "safety.raise.text")}</Text>
      {action.state === "failed" && <Alert role="alert" color="red" variant="light">{action.why}</Alert>}
      <ul className="kinds" aria-label={t("safety.raise.kind")} aria-busy={isBusy}>
        {KINDS.map((kind, at) => (
          <li key={kind}>
            <UnstyledButton className="kind" data-autofocus={at === 0 || undefined} disabled={isBusy} onClick={() => onChoose(kind, isMore)}>
              <KindIcon kind={kind} />
              <span>{t(`safety.kind.${kind}`)}</span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      <p className="visually-hidden" role="status">{isBusy ? t("safety.raise.locating") : ""}</p>
      <Switch label={t("safety.raise.more")} checked={isMore} onChange={(event) => setMore(event.currentTarget.checked)} />
      <Anchor fz="sm" href={hrefOf({ page: "safety" })} onClick={onClose}>{t("safety.raise.toPage")}</Anchor>
    </Stack>
  );
}
