import { Modal } from "@mantine/core";
import { CryptoEvent } from "matrix-js-sdk/lib/crypto-api/CryptoEvent";
import { type VerificationRequest, VerificationPhase } from "matrix-js-sdk/lib/crypto-api/verification";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import "../panels.css";
import { useClient } from "../hooks";
import { showVerification, useShownVerification } from "./requests";
import { Verification } from "./Verification";

/** Shows verifications, those that others ask for, too. */
export default function VerificationHost() {
  const { t } = useTranslation();
  const client = useClient();
  const request = useShownVerification();
  useEffect(() => {
    client.on(CryptoEvent.VerificationRequestReceived, showVerification);
    return () => void client.off(CryptoEvent.VerificationRequestReceived, showVerification);
  }, [client]);
  const close = (): void => {
    if (request && isRunning(request)) request.cancel().catch(() => {});
    showVerification(null);
  };
  return (
    <Modal opened={request !== null} onClose={close} title={t("verify.title")} closeOnClickOutside={false} closeButtonProps={{ "aria-label": t("close") }}>
      {request && <Verification key={request.transactionId ?? ""} request={request} onClose={close} />}
    </Modal>
  );
}

function isRunning(request: VerificationRequest): boolean {
  return request.phase !== VerificationPhase.Done && request.phase !== VerificationPhase.Cancelled;
}
