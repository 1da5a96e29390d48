import { Button, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../../api";
import { namesOf, shortId } from "../names";
import { ActionFailed, useAction } from "../parts/action";
import { Confirm } from "../parts/Confirm";
import { PersonPicker } from "../parts/PersonPicker";
import type { GuardianPage } from "./types";

const MOST = 4;

/** Declare who decides for a minor; with nobody, they decide themselves. */
export function GuardiansDialog({ minor: given, onDone, onClose }: { minor: string | null; onDone: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const action = useAction("safety_guardians");
  const loading = useAction("safety_guardians_look");
  const [minor, setMinor] = useState(given);
  const [guardians, setGuardians] = useState<readonly string[]>([]);
  const [name, setName] = useState<(userId: string) => string>(() => shortId);
  const path = `/safety/people/${encodeURIComponent(minor ?? "")}/guardians`;
  useEffect(() => {
    if (minor === null) return setGuardians([]);
    void loading.run(async () => setGuardians((await call<GuardianPage>("GET", path)).guardians.map((one) => one.guardian)));
  }, [minor]);
  useEffect(() => void namesOf([minor, ...guardians]).then((found) => setName(() => found), () => {}), [minor, guardians]);
  const save = async (): Promise<void> => {
    if (minor !== null && (await action.run(async () => void (await call("PUT", path, { body: { guardians } }))))) { onDone(); onClose(); }
  };
  return (
    <Confirm opened title={t("safetyDesk.guardians.declare")} label={t("safetyDesk.organisations.save")} action={action} onConfirm={() => void save()} onClose={onClose}>
      <Text fz="sm">{t("safetyDesk.guardians.check")}</Text>
      {given === null ? <PersonPicker label={t("safetyDesk.guardians.column.minor")} isRequired takesIds value={minor} onChange={setMinor} /> : <Text fz="sm" fw={600}>{name(given)}</Text>}
      <ActionFailed error={loading.error} />
      {minor !== null && (
        <>
          <ul className="plain-list" aria-label={t("safetyDesk.guardians.column.guardian")}>
            {guardians.map((one) => <li key={one}><span>{name(one)}</span><Button h={44} variant="subtle" color="gray" aria-label={t("safetyDesk.guardians.without", { name: name(one) })} onClick={() => setGuardians(guardians.filter((other) => other !== one))}><IconX size={18} /></Button></li>)}
          </ul>
          {guardians.length === 0 && <Text fz="sm" c="dimmed">{t("safetyDesk.guardians.nobody")}</Text>}
          {guardians.length < MOST && <PersonPicker key={guardians.length} label={t("safetyDesk.guardians.add")} takesIds value={null} onChange={(userId) => userId && setGuardians([...new Set([...guardians, userId])])} />}
        </>
      )}
    </Confirm>
  );
}
