import { Button, Text, TextInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { Initials } from "../parts/Initials";
import { plainId } from "./names";

export type Found = { userId: string; name: string };
const WAIT_MS = 250;
const MOST = 6;
type Answer = { people: { user_id: string; display_name: string; kind: string; state: string }[] };

/** Somebody of the organisation, by name, or by their id. */
export function FindPerson({ chosen, onChosen }: { chosen: Found | null; onChosen: (found: Found | null) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [found, setFound] = useState<Found[] | null>(null);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted.length < 2) return setFound(null);
    const stop = new AbortController();
    const timer = setTimeout(() => {
      call<Answer>("GET", "/people", { query: { search: wanted, limit: MOST }, signal: stop.signal })
        .then(
          ({ people: listed }) => {
            const present = listed.filter((one) => one.kind !== "customer" && one.state !== "departed");
            const people = present.map((one) => ({ userId: one.user_id, name: one.display_name || plainId(one.user_id) }));
            const isId = /^@[^\s:]+:\S+$/.test(wanted) && !people.some((one) => one.userId === wanted);
            if (!stop.signal.aborted) setFound([...(isId ? [{ userId: wanted, name: plainId(wanted) }] : []), ...people]);
          },
          () => !stop.signal.aborted && setFound([]),
        );
    }, WAIT_MS);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [text]);
  if (chosen !== null) {
    return (
      <div className="record-person">
        <Initials name={chosen.name} size={32} />
        <span><b>{chosen.name}</b> <small>{chosen.userId}</small></span>
        <Button variant="default" h={44} onClick={() => onChosen(null)}>{t("record.share.otherPerson")}</Button>
      </div>
    );
  }
  return (
    <div>
      <TextInput size="md" label={t("record.share.find")} value={text} maxLength={200} onChange={(event) => setText(event.currentTarget.value)} />
      {found !== null && (
        <ul className="record-people" aria-label={t("record.share.people")}>
          {found.length === 0 && <li><Text fz="sm" c="dimmed">{t("record.share.nobody")}</Text></li>}
          {found.map((one) => (
            <li key={one.userId}>
              <button type="button" className="choice" onClick={() => { setText(""); onChosen(one); }}><Initials name={one.name} size={32} /><span>{one.name} <small>{one.userId}</small></span></button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
