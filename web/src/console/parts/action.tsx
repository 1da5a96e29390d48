import { Alert } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { track } from "../../track";
import { failureWords } from "../failures";

/** Something that is done on the server: whether it is under way, and why it could not be done. */
export type Action = { isBusy: boolean; error: unknown; run: (what: () => Promise<void>) => Promise<boolean>; clear: () => void };

export function useAction(name: string): Action {
  const [state, setState] = useState<{ isBusy: boolean; error: unknown }>({ isBusy: false, error: null });
  const run = async (what: () => Promise<void>): Promise<boolean> => {
    setState({ isBusy: true, error: null });
    track(name);
    try {
      await what();
      setState({ isBusy: false, error: null });
      return true;
    } catch (error) {
      setState({ isBusy: false, error });
      return false;
    }
  };
  return { ...state, run, clear: () => setState({ isBusy: false, error: null }) };
}

export function ActionFailed({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (error === null) return null;
  return <Alert role="alert" color="red" variant="light" icon={<IconAlertCircle />}>{failureWords(error, t)}</Alert>;
}
