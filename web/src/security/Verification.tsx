import { Button, Group, Loader, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { type ShowSasCallbacks, type VerificationRequest, VerificationPhase, VerificationRequestEvent, VerifierEvent } from "matrix-js-sdk/lib/crypto-api/verification";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useClient, useVersion } from "../hooks";
import { spoken } from "../i18n";
import { usePerson } from "../people";
import { emojiName } from "./emoji";

const SAS = "m.sas.v1";
const REQUEST_EVENTS: readonly string[] = [VerificationRequestEvent.Change];

/** Two devices compare seven pictures. spec: client-server §Short Authentication String (SAS) verification */
export function Verification({ request, onClose }: { request: VerificationRequest; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  useVersion(request, REQUEST_EVENTS);
  const other = usePerson(request.otherUserId, request.roomId ? client.getRoom(request.roomId) : null);
  const sas = useSas(request);
  const [isConfirmed, setConfirmed] = useState(false);
  const who = request.isSelfVerification ? t("verify.ownDevice") : other.name;
  if (request.phase === VerificationPhase.Done) {
    return <Stack align="center" ta="center"><IconCircleCheck size={48} color="var(--mantine-color-green-7)" aria-hidden /><Text role="status">{t("verify.done", { who })}</Text><Button onClick={onClose}>{t("close")}</Button></Stack>;
  }
  if (request.phase === VerificationPhase.Cancelled) {
    return <Stack><Text role="alert">{t(request.cancellationCode === "m.mismatched_sas" ? "verify.mismatch" : "verify.cancelled")}</Text><Button onClick={onClose}>{t("close")}</Button></Stack>;
  }
  if (request.phase === VerificationPhase.Requested && !request.initiatedByMe) {
    return (
      <Stack>
        <Text>{t("verify.asked", { who })}</Text>
        <Group><Button loading={request.accepting} onClick={() => void request.accept()}>{t("verify.accept")}</Button><Button variant="default" onClick={onClose}>{t("verify.refuse")}</Button></Group>
      </Stack>
    );
  }
  if (sas === null || isConfirmed) {
    return <Stack align="center" ta="center"><Loader size="sm" type="dots" aria-hidden /><Text role="status">{t(isConfirmed ? "verify.waitConfirm" : "verify.wait", { who })}</Text></Stack>;
  }
  return (
    <Stack>
      <Text>{t("verify.compare", { who })}</Text>
      <ul className="emoji" aria-label={t("verify.pictures")}>
        {sas.sas.emoji?.map(([sign, name], index) => <li key={index}><span aria-hidden>{sign}</span><small>{emojiName(sign, name, spoken())}</small></li>)}
      </ul>
      <Group grow>
        <Button onClick={() => { setConfirmed(true); sas.confirm().catch(() => {}); }}>{t("verify.same")}</Button>
        <Button variant="default" onClick={() => sas.mismatch()}>{t("verify.different")}</Button>
      </Group>
    </Stack>
  );
}

/** The pictures, as soon as both sides agree to show them. Who asked begins. */
function useSas(request: VerificationRequest): ShowSasCallbacks | null {
  const [sas, setSas] = useState<ShowSasCallbacks | null>(null);
  const { phase, verifier, initiatedByMe } = request;
  useEffect(() => {
    if (phase === VerificationPhase.Ready && initiatedByMe) request.startVerification(SAS).catch(() => {});
  }, [request, phase, initiatedByMe]);
  useEffect(() => {
    if (verifier === undefined) return undefined;
    const show = (callbacks: ShowSasCallbacks): void => setSas(callbacks);
    verifier.on(VerifierEvent.ShowSas, show);
    const known = verifier.getShowSasCallbacks();
    if (known) setSas(known);
    verifier.verify().catch(() => {});
    return () => void verifier.off(VerifierEvent.ShowSas, show);
  }, [verifier]);
  return sas;
}
