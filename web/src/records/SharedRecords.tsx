import { IconNotebook } from "@tabler/icons-react";
import { ClientEvent } from "matrix-js-sdk";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { call } from "../api";
import { hrefOf, useClient, useVersion } from "../hooks";
import { exact, short } from "../times";
import { SHARED } from "./chat";
import { plainId } from "./names";
import type { Shared } from "./types";

const CHANGED: readonly string[] = [ClientEvent.AccountData];
const MOST = 20;
type Answer = { shared: Shared[]; names: Record<string, string> };

/** What others show, in the list of rooms; it changes at once when something is shared or ended. */
export default function SharedRecords({ openId }: { openId: string | undefined }) {
  const { t } = useTranslation();
  const client = useClient();
  useVersion(client, CHANGED);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [isAll, setAll] = useState(false);
  const changed = client.getAccountData(SHARED as never)?.getContent<{ changed_ts?: number }>().changed_ts ?? 0;
  useEffect(() => {
    const stop = new AbortController();
    // What was there before stays where the server can't be asked now.
    call<Answer>("GET", "/records/shared", { signal: stop.signal }).then((told) => !stop.signal.aborted && setAnswer(told), () => {});
    return () => stop.abort();
  }, [changed, openId]);
  if (answer === null || answer.shared.length === 0) return null;
  const shown = isAll ? answer.shared : answer.shared.slice(0, MOST);
  return (
    <section aria-labelledby="group-shared">
      <h2 id="group-shared">{t("record.shared.title")}</h2>
      <ul>
        {shown.map(({ share, record }) => {
          const by = answer.names[share.created_by] || plainId(share.created_by);
          return (
            <li key={share.share_id}>
              <a className="room" href={hrefOf({ page: "record", recordId: share.record_id })} aria-current={share.record_id === openId ? "page" : undefined} data-unread={!share.views || undefined}>
                <IconNotebook size={24} aria-hidden />
                <div className="room-text">
                  <div className="room-line">
                    <span className="room-name">{record.title || t("record.shared.by", { name: by })}</span>
                    <time className="room-time" dateTime={new Date(share.created_ts).toISOString()} title={exact(share.created_ts)}>{short(share.created_ts)}</time>
                  </div>
                  <div className="room-line"><span className="room-last">{share.note || (record.title ? t("record.shared.by", { name: by }) : t("record.untitled"))}</span></div>
                </div>
              </a>
            </li>
          );
        })}
      </ul>
      {!isAll && answer.shared.length > MOST && <button type="button" className="choice" onClick={() => setAll(true)}>{t("record.shared.all", { count: answer.shared.length })}</button>}
    </section>
  );
}
